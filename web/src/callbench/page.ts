/** The report that CallBench writes. */

import "../components/theme.css";
import "../components/base.css";
import "../components/divider.css";
import "./page.css";
import { openGallery } from "./gallery";
import { chooseMeasures, showIntervals, sortByHeads } from "./tables";

sortByHeads();
chooseMeasures();
showIntervals();
openGallery();
