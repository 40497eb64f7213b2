/** The window of a sign-in in place ends here. */

import { handOver } from "../../shared/login.js";

handOver();
