// ajv, the second judge of JSON Schema: node schema.mjs PACKAGES SCHEMA FILE... ; JSON lines.
import fs from "fs";
import { createRequire } from "module";
const [packages, schema, ...files] = process.argv.slice(2);
const Ajv = createRequire(packages + "/")("ajv/dist/2020").default;
const read = (path) => JSON.parse(fs.readFileSync(path, "utf8"));
const options = { allErrors: true, strict: true, strictTuples: false, strictRequired: false };
const holds = new Ajv({ ...options, strictTypes: false, validateFormats: false }).compile(read(schema));
for (const file of files) {
  const ok = holds(read(file));
  const errors = (holds.errors || []).map((one) => one.instancePath + " " + one.message);
  console.log(JSON.stringify({ ok, errors: errors.slice(0, 5) }));
}
