import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const HOME = fileURLToPath(new URL("..", import.meta.url));
const TSC = join(HOME, "node_modules/.bin/tsc");
const VENDORS = `
import { ApiError, Journal, LookupClient, Money, Recorder, TillClient } from "customers-till";
import type { Answer, Customer, CustomerContext, Entry, EventBody, EventData, Flushed, LookupAnswer, LookupData, LookupOptions } from "customers-till";
import type { SessionContext, SessionData, UnclaimedCashback } from "customers-till";
const show = ({ data }: LookupAnswer): Customer | null => data.customer;
const waits: UnclaimedCashback | null = (await Promise.resolve({} as LookupData)).unclaimed_cashback;
const event: EventBody = { event_type: "check_in" };
type Others = [Answer<EventData>, CustomerContext, Entry, Flushed, LookupOptions, SessionContext, SessionData];
const others: Others[] = [];
console.log(show, waits, event, others);
const till = new TillClient({ baseUrl: "https://api.test/v1/partner", token: async () => "t" });
const answer = await till.lookup({ phone: "+97433001122" }, { deliver: ({ data }) => console.log(data.status) });
const name: string | null | undefined = answer.data.customer?.name;
const recorder = new Recorder(till, await Journal.open("till-7"));
const { sent }: { sent: number } = await recorder.flush();
console.log(name, sent, new Money(1, "QAR").format("ar-QA"), ApiError, LookupClient);
// @ts-expect-error a status that the service does not have
if (answer.data.status === "unknown") console.log();
`;

/** @param {import("node:test").TestContext} t */
function folder(t) {
  const made = mkdtempSync(join(tmpdir(), "customers-till-"));
  t.after(() => rmSync(made, { recursive: true }));
  return made;
}

test("the types that are published are those of the sources: npm run types writes them", (t) => {
  const made = folder(t);
  execFileSync(TSC, ["-p", join(HOME, "tsconfig.build.json"), "--outDir", made]);
  cpSync(join(HOME, "src/types.d.ts"), join(made, "types.d.ts"));
  assert.deepEqual(readdirSync(join(HOME, "types")).sort(), readdirSync(made).sort());
  for (const file of readdirSync(made)) {
    assert.equal(readFileSync(join(HOME, "types", file), "utf8"), readFileSync(join(made, file), "utf8"), file);
  }
});

test("a vendor's strict compiler takes the package", (t) => {
  const made = folder(t);
  mkdirSync(join(made, "node_modules/customers-till"), { recursive: true });
  for (const part of ["src", "types", "package.json"]) cpSync(join(HOME, part), join(made, "node_modules/customers-till", part), { recursive: true });
  writeFileSync(join(made, "till.mts"), VENDORS);
  const flags = ["--noEmit", "--strict", "--exactOptionalPropertyTypes", "--target", "es2022", "--module", "nodenext", "--lib", "es2022,dom"];
  execFileSync(TSC, [...flags, join(made, "till.mts")], { stdio: "pipe" });
});

test("the versions agree", () => {
  const { version, dependencies } = JSON.parse(readFileSync(join(HOME, "package.json"), "utf8"));
  assert.match(readFileSync(join(HOME, "CHANGELOG.md"), "utf8"), new RegExp(`^## ${version}$`, "m"));
  assert.equal(dependencies, undefined);
});
