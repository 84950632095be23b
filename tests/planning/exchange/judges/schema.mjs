// ajv, the second judge of JSON Schema: node schema.mjs PACKAGES [SCHEMA FILE...]... ; schemas end
// in .schema.json. One line of JSON a file.
import fs from "fs";
import { createRequire } from "module";
const [packages, ...paths] = process.argv.slice(2);
const Ajv = createRequire(packages + "/")("ajv/dist/2020").default;
const read = (path) => JSON.parse(fs.readFileSync(path, "utf8"));
const options = { allErrors: true, strict: true, strictTuples: false, strictRequired: false };
let holds = null;
for (const path of paths) {
  if (path.endsWith(".schema.json")) {
    holds = new Ajv({ ...options, strictTypes: false, validateFormats: false }).compile(read(path));
    continue;
  }
  const ok = holds(read(path));
  const errors = (holds.errors || []).map((one) => one.instancePath + " " + one.message);
  console.log(JSON.stringify({ path, ok, errors: errors.slice(0, 5) }));
}
