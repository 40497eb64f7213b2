/** Say whether there is a Chromium: exit 1 without one. */

import { executable } from "./support.js";

executable();
