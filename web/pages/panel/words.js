/** The panel's texts. Each language has the same keys; a test compares them. */

const en = {
  panel: "Customer",
  idle: "No customer yet",
  idleHint: "Enter a phone number or scan a card.",
  loading: "Looking up the customer…",
  slow: "Still looking. The connection is slow.",
  offline: "No connection",
  offlineHint: "Nothing was lost. Check the network and try again.",
  refused: "The lookup was refused",
  failed: "The lookup did not work",
  failedHint: "Try again in a moment.",
  signedOut: "This till is not signed in",
  signedOutHint: "Sign the till in again, then repeat the lookup.",
  forbidden: "This till may not look up customers",
  forbiddenHint: "Its branch is not active. Ask your manager.",
  busy: "Too many lookups at once",
  invalid: "This is not a phone number or customer id",
  invalidHint: "Check the digits and try again.",
  retry: "Try again",
  request: "Request",
  guest: "Guest",
  spendable: "Can spend",
  locked: "Locked promo",
  unlocksOnClaim: "Not spendable yet",
  waiting: "Waiting to be claimed",
  until: "until {day}",
  noEnd: "no end date",
  claim: "Register to claim",
  register: "Register customer",
  stranger: "New here",
  strangerHint: "No customer has this number yet. Registration takes a minute.",
  unverified: "Phone not verified",
  inSession: "On this order",
  visits: "Visits",
  visitsLately: "Last 90 days",
  spent: "Spent in all",
  lastVisit: "Last visit",
  never: "Never",
  since: "Member since {day}",
  badge_new: "New",
  badge_regular: "Regular",
  badge_vip: "VIP",
  badge_lapsed: "Lapsed",
};

/** @typedef {typeof en} Words */

/** @type {Words} */
const ar = {
  panel: "العميل",
  idle: "لا يوجد عميل بعد",
  idleHint: "أدخل رقم الهاتف أو امسح البطاقة.",
  loading: "جارٍ البحث عن العميل…",
  slow: "ما زال البحث جاريًا. الاتصال بطيء.",
  offline: "لا يوجد اتصال",
  offlineHint: "لم يُفقد شيء. تحقّق من الشبكة ثم حاول مجددًا.",
  refused: "رُفض البحث",
  failed: "تعذّر البحث",
  failedHint: "حاول مجددًا بعد لحظات.",
  signedOut: "لم يُسجَّل الدخول على هذا الجهاز",
  signedOutHint: "سجّل الدخول على الجهاز ثم أعد البحث.",
  forbidden: "لا يُسمح لهذا الجهاز بالبحث عن العملاء",
  forbiddenHint: "الفرع غير مفعَّل. اسأل المدير.",
  busy: "عمليات بحث كثيرة في وقت واحد",
  invalid: "هذا ليس رقم هاتف ولا معرّف عميل",
  invalidHint: "راجع الأرقام ثم حاول مجددًا.",
  retry: "حاول مجددًا",
  request: "الطلب",
  guest: "ضيف",
  spendable: "الرصيد المتاح",
  locked: "رصيد ترويجي مقفل",
  unlocksOnClaim: "غير قابل للصرف بعد",
  waiting: "بانتظار المطالبة",
  until: "حتى {day}",
  noEnd: "بلا تاريخ انتهاء",
  claim: "سجّل للمطالبة به",
  register: "تسجيل العميل",
  stranger: "عميل جديد",
  strangerHint: "لا يوجد عميل بهذا الرقم بعد. التسجيل يستغرق دقيقة.",
  unverified: "الهاتف غير موثَّق",
  inSession: "مرتبط بهذا الطلب",
  visits: "الزيارات",
  visitsLately: "آخر ٩٠ يومًا",
  spent: "إجمالي الإنفاق",
  lastVisit: "آخر زيارة",
  never: "لا توجد",
  since: "عضو منذ {day}",
  badge_new: "جديد",
  badge_regular: "دائم",
  badge_vip: "مميّز",
  badge_lapsed: "منقطع",
};

/** @type {Record<string, Words>} */
const LANGUAGES = { en, ar };

/** @param {string} lang a BCP 47 tag @returns {Words} in this language, else in English */
export function wordsOf(lang) {
  return LANGUAGES[lang.split("-")[0]?.toLowerCase() ?? ""] ?? en;
}

/** @param {string} text with names in braces @param {Record<string, string>} values */
export function filled(text, values) {
  return text.replace(/\{(\w+)\}/gu, (whole, name) => values[name] ?? whole);
}
