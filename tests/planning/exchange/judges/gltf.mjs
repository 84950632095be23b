// Khronos' glTF validator: node gltf.mjs PACKAGES FILE... ; one line of JSON a file.
import fs from "fs";
import { createRequire } from "module";
const [packages, ...files] = process.argv.slice(2);
const validator = createRequire(packages + "/")("gltf-validator");
for (const file of files) {
  let said;
  try {
    const report = await validator.validateBytes(new Uint8Array(fs.readFileSync(file)));
    const { issues, info } = report;
    said = { messages: issues.messages.map((one) => one.code), triangles: info.totalTriangleCount };
    if (issues.truncated) said.messages.push("TRUNCATED");
  } catch (error) {
    said = { messages: ["REFUSED"], triangles: 0 };
  }
  console.log(JSON.stringify(said));
}
