/** The reference's own texts. What the API says of itself is in English, as the document is. */

const en = {
  title: "API reference",
  language: "العربية",
  failed: "The document could not be read. Reload the page to try again.",
  tryHint: "What you try sends a real request to this sandbox. A token stays in this page's memory.",
  noTry: "Requests can be tried on a sandbox stack only.",
  tillToken: "Use a till's token",
  tokenUsed: "The next requests carry a till's token.",
};

/** @typedef {typeof en} Words */

/** @type {Words} */
const ar = {
  title: "مرجع الواجهة",
  language: "English",
  failed: "تعذّرت قراءة الوثيقة. أعد تحميل الصفحة للمحاولة.",
  tryHint: "ما تجرّبه يرسل طلبًا حقيقيًا إلى هذه البيئة التجريبية. يبقى الرمز في ذاكرة هذه الصفحة.",
  noTry: "يمكن تجربة الطلبات في بيئة تجريبية فقط.",
  tillToken: "استخدم رمز نقطة بيع",
  tokenUsed: "تحمل الطلبات التالية رمز نقطة بيع.",
};

/** @type {Record<string, Words>} */
export const LANGUAGES = { en, ar };
