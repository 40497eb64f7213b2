/** Correct a mistyped name or phone. */

import { Action } from "../shared/api.js";
import { h } from "../shared/dom.js";
import { asciiDigits } from "../shared/format.js";
import { customerLink, finish, loaded, perform, read, told } from "./parts.js";

/** @typedef {import("./parts.js").Context} Context */

/** @param {Context} ctx @param {string} id */
export function correctPage(ctx, id) {
  return loaded(ctx, () => read(ctx, `/customers/${encodeURIComponent(id)}/context?limit=1`), ({ customer }) => form(ctx, customer));
}

/** @param {Context} ctx @param {any} customer */
function form(ctx, customer) {
  const { t } = ctx;
  const name = h("input", { id: "name", name: "name", "aria-describedby": "refusal", value: customer.name ?? "", maxlength: 200, autocomplete: "off", dir: "auto" });
  const phone = h("input", { id: "new-phone", name: "phone", "aria-describedby": "refusal", type: "tel", value: customer.phone, maxlength: 64, autocomplete: "off", dir: "ltr" });
  const place = h("div", { id: "refusal" });
  const save = h("button", { class: "main" }, t.save);
  /** @type {{ body: string, action: Action } | null} */
  let decided = null;

  const changes = () => {
    const [typed, number] = [name.value.trim(), asciiDigits(phone.value).trim()];
    return { ...(typed !== (customer.name ?? "") && { name: typed }), ...(number !== customer.phone && { phone: number }) };
  };
  const submit = () => {
    const body = changes();
    for (const input of [name, phone]) input.removeAttribute("aria-invalid");
    if (Object.keys(body).length === 0) {
      place.replaceChildren(h("p", { class: "notice", role: "status" }, t.nothingChanged));
      return;
    }
    // The same correction again, after a lost answer, is the same action. Another one is not.
    const content = JSON.stringify(body);
    if (decided?.body !== content) decided = { body: content, action: new Action(ctx.api, `/customers/${encodeURIComponent(customer.customer_id)}`, { method: "PATCH", body }) };
    void perform(ctx, save, place, decided.action, ({ data }) => {
      ctx.hold(false);
      finish(built, done(ctx, data));
    }, ({ error }) => mark(error?.details ?? []));
  };
  // The field that was refused says so, and the keyboard goes there.
  const mark = (/** @type {{ field: string }[]} */ details) => {
    const wrong = [name, phone].filter((input) => details.some(({ field }) => field === input.name));
    for (const input of wrong) input.setAttribute("aria-invalid", "true");
    wrong[0]?.focus();
  };
  const built = h(
    "form",
    { class: "card", oninput: () => ctx.hold(Object.keys(changes()).length > 0), onsubmit: (event) => { event.preventDefault(); submit(); } },
    h("p", { class: "quiet" }, t.correctHint),
    h("div", null, h("label", { for: "name" }, t.name), name),
    h("div", null, h("label", { for: "new-phone" }, t.phone), phone),
    place,
    h("div", { class: "row" }, save, h("a", { class: "button", href: customerLink(customer.customer_id) }, t.cancel)),
  );
  return h("div", { class: "stack" }, h("h1", null, told(t.correctTitle, { name: customer.name ?? t.guest })), built);
}

/** @param {Context} ctx @param {any} data */
function done({ t, locale }, data) {
  const named = data.corrected.map((/** @type {string} */ field) => (field === "name" ? t.name : t.phone));
  return h(
    "div",
    { class: "done", role: "status" },
    h("h2", null, named.length > 0 ? told(t.saved, { fields: new Intl.ListFormat(locale).format(named) }) : t.nothingChanged),
    data.verification ? h("p", null, t.linkSent) : null,
    h("div", null, h("a", { class: "button", href: customerLink(data.customer_id) }, t.openCustomer)),
  );
}
