/**
 * The console, end to end on the local stack, in each language, with the keyboard alone. `make test` runs the tests that
 * begin with `flow` alone.
 */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { REFUSALS } from "../../pages/console/refusal-words.js";
import { LANGUAGES } from "../../pages/console/words.js";
import { listed, open, openByPhone, person, refusedWith } from "./people.js";
import { browser, focused, press, reach, signedIn, type } from "./support.js";

/** @type {import("playwright-core").Browser} */
let launched;

before(async () => {
  launched = await browser();
});
after(() => launched.close());

for (const [lang, t] of Object.entries(LANGUAGES)) {
  const link = (/** @type {import("playwright-core").Page} */ page, /** @type {string} */ name) => page.locator("main").getByRole("link", { name, exact: true });
  const button = (/** @type {import("playwright-core").Page} */ page, /** @type {string} */ name) => page.getByRole("button", { name, exact: true });
  const navigate = (/** @type {import("playwright-core").Page} */ page, /** @type {string} */ name) => press(page, page.getByRole("navigation").getByRole("link", { name, exact: true }));

  test(`${lang === "en" ? "flow: " : ""}a manager finds a customer by typing and corrects the name; a phone of another is refused in words; keyboard alone, in ${lang}`, async () => {
    const watched = await signedIn(launched, "manager", { lang });
    const { page } = watched;
    watched.expected.add(400);
    await open(watched, `correct-${lang}`, t);
    await watched.isAccessible();
    await watched.hasLargeTargets();
    assert.equal(await link(page, t.erase).count(), 0, "a manager is offered no erasure");
    assert.equal(await page.title(), `${t.customer} · ${t.title}`, "the title says what is done, and not with whom");
    await press(page, link(page, t.correct));
    await type(page, page.getByLabel(t.phone), "+97433001122");
    await page.keyboard.press("Enter");
    await refusedWith(page, lang, "issue_taken");
    assert.equal(await page.evaluate(() => document.activeElement?.getAttribute("aria-invalid")), "true", "the keyboard is in the field to mend");
    await watched.isAccessible();
    await type(page, page.getByLabel(t.phone), person(`correct-${lang}`).phone);
    await page.keyboard.press("Shift+Tab");
    await type(page, page.getByLabel(t.name), `${person(`correct-${lang}`).name} Mended`);
    await watched.isAccessible();
    await page.keyboard.press("Enter");
    await page.locator("main .done").waitFor();
    assert.equal(await focused(page), "done");
    await watched.isAccessible();
    assert.equal(watched.sent("PATCH", /./u), 2);
    await press(page, link(page, t.openCustomer));
    await page.getByRole("heading", { level: 1, name: "Mended" }).waitFor();
    await press(page, link(page, t.navCustomers));
    assert.equal(await page.getByLabel(t.searchLabel).inputValue(), person(`correct-${lang}`).name, "what was searched for is there again");
    await watched.close();
  });

  test(`an officer exports, erases with a dry run and a typed word, the receipt is verified in the browser; money blocks; keyboard alone, in ${lang}`, async () => {
    const watched = await signedIn(launched, "officer", { lang });
    const { page } = watched;
    await openByPhone(page, "+97433001122", t);
    await press(page, link(page, t.erase));
    await refusedWith(page, lang, "issue_unsettled");
    await watched.isAccessible();
    await press(page, link(page, t.back));
    await press(page, link(page, t.navCustomers));
    await open(watched, `erase-${lang}`, t);
    assert.equal(await link(page, t.merge).count(), 0, "an officer is offered no merge");
    await press(page, link(page, t.export));
    await press(page, button(page, t.exportStart));
    await page.locator("main .done").waitFor();
    assert.equal(await focused(page), "done");
    await watched.isAccessible();
    await press(page, link(page, t.back));
    await press(page, link(page, t.erase));
    await page.getByText(t.outcome_anonymized).waitFor();
    await watched.isAccessible();
    assert.equal(await button(page, t.eraseNow).isDisabled(), true);
    await type(page, page.locator("#confirm"), t.confirmWord);
    await reach(page, button(page, t.eraseNow));
    await page.keyboard.press("Enter");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: t.erased }).waitFor();
    assert.ok(!(await page.locator("body").innerText()).includes(person(`erase-${lang}`).name), "the name is on the page no more");
    await watched.isAccessible();
    await press(page, link(page, t.erasureFollow));
    await page.locator("[data-verified]").waitFor({ timeout: 60_000 });
    await watched.isAccessible();
    const deleted = watched.requests.filter((each) => each.startsWith("DELETE ")).length;
    assert.equal(deleted, 3, "two dry runs and the erasure, once");
    await navigate(page, t.navActivity);
    await page.locator("main td").first().waitFor();
    await page.getByText(t.op_erase).first().waitFor();
    await page.getByText(t.you, { exact: true }).first().waitFor();
    await watched.isAccessible();
    await navigate(page, t.navErasures);
    await page.getByText(t.done_anonymized).first().waitFor();
    await watched.isAccessible();
    await watched.close();
  });

  test(`a merge shows both sides and the result, says in words what blocks one, is done once and undone; keyboard alone, in ${lang}`, async () => {
    const watched = await signedIn(launched, "manager", { lang });
    const { page } = watched;
    // A guest without a verified phone cannot take over somebody who has one.
    await openByPhone(page, "+97455003344", t);
    await press(page, link(page, t.merge));
    await type(page, page.getByLabel(t.searchLabel), "Layla");
    await listed(page, 1);
    await press(page, page.locator("main").getByRole("link", { name: "Layla Hassan" }));
    await refusedWith(page, lang, "issue_otherWay");
    assert.equal(await button(page, t.mergeNow).count(), 0);
    await watched.isAccessible();
    await navigate(page, t.navCustomers);
    await open(watched, `survivor-${lang}`, t);
    await press(page, link(page, t.merge));
    await type(page, page.getByLabel(t.searchLabel), person(`duplicate-${lang}`).name);
    await listed(page, 1);
    await press(page, page.locator("main").getByRole("link", { name: person(`duplicate-${lang}`).name }));
    await page.getByRole("heading", { name: t.result, exact: true }).waitFor();
    await watched.isAccessible();
    await reach(page, button(page, t.mergeNow));
    await page.keyboard.press("Enter");
    await page.keyboard.press("Enter");
    await page.getByText(t.mergedHint).waitFor();
    assert.equal(await focused(page), "done");
    await watched.isAccessible();
    assert.equal(watched.sent("POST", /\/merge$/u), 3, "two previews and the act, once");
    await press(page, link(page, t.openCustomer));
    await press(page, link(page, t.unmerge));
    await page.getByRole("heading", { name: t.setFree }).waitFor();
    await watched.isAccessible();
    await reach(page, button(page, t.unmergeNow));
    await page.keyboard.press("Enter");
    await page.keyboard.press("Enter");
    await page.getByText(t.unmerged).waitFor();
    assert.equal(await focused(page), "done");
    await watched.isAccessible();
    assert.equal(watched.sent("POST", /\/unmerge$/u), 2, "the preview and the act, once");
    await watched.close();
  });

  test(`duplicates have their evidence, are one key from the merge's preview, and a stranger is proposed no more; keyboard alone, in ${lang}`, async () => {
    const watched = await signedIn(launched, "manager", { lang });
    const { page } = watched;
    await type(page, page.getByLabel(t.searchLabel), person(`double-${lang}`).name);
    await listed(page, 2);
    await press(page, page.locator("main td a").first());
    await press(page, link(page, t.duplicates));
    await page.getByText(t.evidence_same_name_phone_digit.split(":")[0] ?? "").waitFor();
    await watched.isAccessible();
    await watched.hasLargeTargets();
    await press(page, link(page, t.compare));
    await page.getByRole("heading", { name: t.result, exact: true }).waitFor();
    await page.goBack();
    await reach(page, button(page, t.notTheSame));
    await page.keyboard.press("Enter");
    await page.keyboard.press("Enter");
    await page.locator("main .done").waitFor();
    assert.equal(await focused(page), "done");
    await watched.isAccessible();
    assert.equal(watched.sent("POST", /\/duplicates$/u), 1);
    await press(page, link(page, t.back));
    await press(page, link(page, t.duplicates));
    await page.getByText(t.noDuplicates).waitFor();
    await watched.close();
  });

  test(`refused facts with their reasons, the figures with plots, tables, the period before, a branch and CSV; keyboard alone, in ${lang}`, async () => {
    const watched = await signedIn(launched, "manager", { lang });
    const { page } = watched;
    watched.expected.add(400);
    await navigate(page, t.navRefused);
    await page.getByText(/** @type {Record<string, string>} */ (REFUSALS[lang]).issue_wrongCurrency ?? "").first().waitFor();
    await page.getByText(t["fact_purchase.completed"]).first().waitFor();
    await watched.isAccessible();
    await navigate(page, t.navFigures);
    await page.locator("main .plot").first().waitFor();
    await watched.isAccessible();
    await watched.hasLargeTargets();
    for (const heading of [t.visits, t.spendPerDay, t.newCustomers, t.activePerDay]) {
      const card = page.locator("main section", { has: page.getByRole("heading", { name: heading, exact: true }) });
      await press(page, card.locator("summary"));
      assert.equal(await card.locator("tbody tr").count(), 30);
      // Thirty days and the thirty before them: each is counted.
      assert.doesNotMatch(await card.locator("tbody").innerText(), /–/u);
    }
    await watched.isAccessible();
    await press(page, page.getByRole("group", { name: t.period }).getByRole("button").first());
    await page.waitForFunction(() => document.querySelectorAll("main details").length === 4 && document.querySelectorAll("main tbody")[0]?.children.length === 7);
    const download = page.waitForEvent("download");
    await press(page, button(page, t.csv));
    assert.match((await download).suggestedFilename(), /^figures-\d{4}-\d\d-\d\d-\d{4}-\d\d-\d\d\.csv$/u);
    await type(page, page.getByLabel(t.branch), "22222222-2222-2222-2222-222222222222");
    await page.keyboard.press("Enter");
    await page.getByText(t.notByBranch, { exact: true }).nth(1).waitFor();
    await watched.isAccessible();
    await page.getByLabel(t.from, { exact: true }).fill("2026-06-02");
    await page.getByLabel(t.to, { exact: true }).fill("2026-06-01");
    await page.keyboard.press("Enter");
    await refusedWith(page, lang, "issue_fromAfterTo");
    await watched.isAccessible();
    await watched.close();
  });
}
