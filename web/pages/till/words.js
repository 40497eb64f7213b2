/** The till's texts. */

const en = {
  title: "Till",
  demo: "Demo Coffee",
  language: "العربية",
  skip: "Skip to the customer",
  order: "Order {number}",
  newOrder: "New order",
  phone: "Phone number",
  phoneHint: "As the customer says it. Arabic digits work too.",
  find: "Find customer",
  delete: "Delete",
  try: "Numbers to try",
  tries: ["a registered guest", "money waiting", "a disabled account", "a stranger"],
  attach: "Attach to this order",
  checkIn: "Record check-in",
  attached: "The customer is on this order. No further lookup is needed.",
  another: "Another customer is on this order already. Start a new order for this one.",
  checkedIn: "Check-in recorded.",
  registering: "Here your POS opens its own registration for {phone}.",
  forgotten: "The customer was cleared from the screen after a pause.",
  notOpen: "The order could not be opened.",
  refused: "The API refused: {message}",
  unknown: "No answer came. Press again: it will not be done twice.",
  noConfig: "This till has no backend that gives it a token. The demo runs on a local stack: make run.",
};

/** @typedef {typeof en} Words */

/** @type {Words} */
const ar = {
  title: "نقطة البيع",
  demo: "قهوة تجريبية",
  language: "English",
  skip: "انتقل إلى العميل",
  order: "الطلب {number}",
  newOrder: "طلب جديد",
  phone: "رقم الهاتف",
  phoneHint: "كما يقوله العميل. الأرقام العربية مقبولة أيضًا.",
  find: "ابحث عن العميل",
  delete: "حذف",
  try: "أرقام للتجربة",
  tries: ["ضيف مسجَّل", "رصيد بالانتظار", "حساب معطَّل", "شخص جديد"],
  attach: "اربطه بهذا الطلب",
  checkIn: "سجّل الحضور",
  attached: "العميل مرتبط بهذا الطلب. لا حاجة إلى بحث آخر.",
  another: "عميل آخر مرتبط بهذا الطلب. ابدأ طلبًا جديدًا لهذا العميل.",
  checkedIn: "سُجّل الحضور.",
  registering: "هنا يفتح نظامك صفحة التسجيل للرقم {phone}.",
  forgotten: "أُزيل العميل من الشاشة بعد فترة توقف.",
  notOpen: "تعذّر فتح الطلب.",
  refused: "رفضت الواجهة الطلب: {message}",
  unknown: "لم يصل جواب. اضغط مرة أخرى: لن يُنفَّذ مرتين.",
  noConfig: "لا توجد خدمة تعطي هذا الجهاز رمزًا. التجربة تعمل على المكدّس المحلي: make run.",
};

/** @type {Record<string, Words>} */
export const LANGUAGES = { en, ar };
