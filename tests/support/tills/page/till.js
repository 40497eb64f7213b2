/**
 * A till in a browser that records and sends until it is killed. It tells "about N" before it records event N,
 * "recorded N" once that is on disk, and "sent" when nothing waits.
 */

import { Journal, Recorder, TillClient } from "/src/index.js";

const plan = await (await fetch("/plan")).json();
const tell = (line) => fetch("/told", { method: "POST", body: line });

addEventListener("unhandledrejection", (event) => tell(`failed ${event.reason}`));
const journal = await Journal.open("till-7", { key: new Uint8Array(32) });
const till = new TillClient({ baseUrl: location.origin + plan.path, token: () => plan.token });
const recorder = new Recorder(till, journal);

let recording = true;
const sending = (async () => {
  while (recording || (await journal.counts()).waiting) {
    await recorder.flush({ deadlineMs: 8000 });
    await new Promise((done) => setTimeout(done, 5));
  }
})();
for (let number = plan.first; number < plan.first + plan.count; number += 1) {
  await tell(`about ${number}`);
  await recorder.record(plan.phone, { event_type: "check_in", attributes: { number } });
  await tell(`recorded ${number}`);
}
recording = false;
await sending;
await tell(`held ${(await journal.counts()).held}`);
await tell("sent");
