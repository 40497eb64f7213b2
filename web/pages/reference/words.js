/** The reference's own texts. What the API says of itself is in English, as the document is. */

const en = {
  title: "API reference",
  language: "العربية",
  skip: "Skip to the operation",
  version: "Version {version}",
  failed: "The document could not be read. Reload the page to try again.",
  parameters: "Parameters",
  name: "Name",
  place: "In",
  required: "required",
  meaning: "Meaning",
  body: "Body",
  answers: "Answers",
  example: "Example",
  field: "Field",
  type: "Type",
  tryIt: "Try it",
  tryHint: "It sends a real request to this sandbox.",
  noTry: "Requests can be tried on a sandbox stack only.",
  token: "Token",
  tokenHint: "Printed by make token. It stays in this page's memory.",
  tillToken: "Use a till's token",
  send: "Send",
  noAnswer: "No answer came.",
  took: "{status} after {time} ms",
  notMounted: "not mounted here",
};

/** @typedef {typeof en} Words */

/** @type {Words} */
const ar = {
  title: "مرجع الواجهة",
  language: "English",
  skip: "انتقل إلى العملية",
  version: "الإصدار {version}",
  failed: "تعذّرت قراءة الوثيقة. أعد تحميل الصفحة للمحاولة.",
  parameters: "المعاملات",
  name: "الاسم",
  place: "في",
  required: "إلزامي",
  meaning: "المعنى",
  body: "المحتوى",
  answers: "الأجوبة",
  example: "مثال",
  field: "الحقل",
  type: "النوع",
  tryIt: "جرّبها",
  tryHint: "ترسل طلبًا حقيقيًا إلى هذه البيئة التجريبية.",
  noTry: "يمكن تجربة الطلبات في بيئة تجريبية فقط.",
  token: "الرمز",
  tokenHint: "يطبعه make token. يبقى في ذاكرة هذه الصفحة.",
  tillToken: "استخدم رمز نقطة بيع",
  send: "أرسل",
  noAnswer: "لم يصل جواب.",
  took: "{status} بعد {time} مللي ثانية",
  notMounted: "غير مفعَّلة هنا",
};

/** @type {Record<string, Words>} */
export const LANGUAGES = { en, ar };
