// Prints what the parser of AsyncAPI finds in a document, and ends with 1 if it finds anything.
const { readFileSync } = require("node:fs");
const { Parser } = require("@asyncapi/parser");

new Parser().parse(readFileSync(process.argv[2], "utf8")).then(({ document, diagnostics }) => {
  for (const each of diagnostics) console.log(each.code, each.message, each.path.join("."));
  console.log(document ? `${document.allMessages().length} messages` : "no document");
  process.exitCode = document && diagnostics.length === 0 ? 0 : 1;
});
