"""The page and the browser extension that ship with the package, as files in memory and over HTTP."""
