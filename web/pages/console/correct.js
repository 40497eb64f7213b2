/** Correct a mistyped name or phone. */

import { Action } from "../shared/api.js";
import { h } from "../shared/dom.js";
import { asciiDigits } from "../shared/format.js";
import { customerLink, loaded, perform, read, told } from "./parts.js";

/** @typedef {import("./parts.js").Context} Context */

/** @param {Context} ctx @param {string} id */
export function correctPage(ctx, id) {
  return loaded(ctx, () => read(ctx, `/customers/${encodeURIComponent(id)}/context?limit=1`), ({ customer }) => form(ctx, customer));
}

/** @param {Context} ctx @param {any} customer */
function form(ctx, customer) {
  const { t } = ctx;
  const name = h("input", { id: "name", value: customer.name ?? "", maxlength: 200, autocomplete: "off", dir: "auto" });
  const phone = h("input", { id: "new-phone", type: "tel", value: customer.phone, maxlength: 64, autocomplete: "off", dir: "ltr" });
  const place = h("div", { "aria-live": "polite" });
  const save = h("button", { class: "main" }, t.save);
  /** @type {{ body: string, action: Action } | null} */
  let decided = null;

  const changes = () => {
    const [typed, number] = [name.value.trim(), asciiDigits(phone.value).trim()];
    return { ...(typed !== (customer.name ?? "") && { name: typed }), ...(number !== customer.phone && { phone: number }) };
  };
  const submit = () => {
    const body = changes();
    if (Object.keys(body).length === 0) {
      place.replaceChildren(h("p", { class: "notice" }, t.nothingChanged));
      return;
    }
    // The same correction again, after a lost answer, is the same action. Another one is not.
    const content = JSON.stringify(body);
    if (decided?.body !== content) decided = { body: content, action: new Action(ctx.api, `/customers/${encodeURIComponent(customer.customer_id)}`, { method: "PATCH", body }) };
    void perform(ctx, save, place, decided.action, ({ data }) => {
      ctx.hold(false);
      built.replaceChildren(done(ctx, data));
    });
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
function done({ t }, data) {
  const named = data.corrected.map((/** @type {string} */ field) => (field === "name" ? t.name : t.phone));
  return h(
    "div",
    { class: "done", role: "status" },
    h("h2", null, told(t.saved, { fields: named.join(", ") || t.none })),
    data.verification ? h("p", null, t.linkSent) : null,
    h("div", null, h("a", { class: "button", href: customerLink(data.customer_id) }, t.openCustomer)),
  );
}
