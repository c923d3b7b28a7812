/** Contrast of text with what is behind it, as WCAG 2.2 computes it, for every text that a page shows. */

/** Runs in the page. @returns the texts below the ratio of level AA: 4.5, or 3 for large ones. */
function lowContrast() {
  const channels = (color) => {
    const found = (color.match(/[\d.]+(e-?\d+)?/g) ?? []).map(Number);
    const scale = color.startsWith("color(") ? 255 : 1;
    const [red = 0, green = 0, blue = 0, alpha = 1] = found;
    return [red * scale, green * scale, blue * scale, alpha];
  };
  const over = (top, under) => [0, 1, 2].map((index) => top[index] * top[3] + under[index] * (1 - top[3])).concat(1);
  const light = (color) => {
    const [red, green, blue] = color.slice(0, 3).map((each) => {
      const part = each / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const ratio = (one, other) => {
    const [high, low] = [light(one), light(other)].sort((a, b) => b - a);
    return (high + 0.05) / (low + 0.05);
  };
  const canvas = matchMedia("(prefers-color-scheme: dark)").matches ? [18, 18, 18, 1] : [255, 255, 255, 1];
  const behind = (element) => {
    const layers = [];
    for (let each = element; each; each = each.parentElement)
      layers.unshift(channels(getComputedStyle(each).backgroundColor));
    return layers.reduce((under, layer) => over(layer, under), canvas);
  };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.textContent.trim() || element.closest("script, style, template, noscript, title, datalist")) continue;
    if (
      !element.checkVisibility({ visibilityProperty: true, opacityProperty: true }) ||
      !element.getClientRects().length
    )
      continue;
    if (element.closest("[aria-disabled=true], :disabled")) continue; // WCAG leaves these out
    const style = getComputedStyle(element);
    const under = behind(element);
    const color = channels(element.closest("svg") ? style.fill : style.color);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const is = ratio(over(color, under), under);
    if (is < (large ? 3 : 4.5))
      found.push(
        `${is.toFixed(2)} ${element.tagName}.${element.className?.baseVal ?? element.className}: ${node.textContent.trim().slice(0, 40)}`,
      );
  }
  return found;
}

export const failures = (page) => page.evaluate(lowContrast);
