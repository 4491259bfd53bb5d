// Builds the bundle, puts the licences of its parts beside it and writes its checksum.
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";

const target = "../src/marketsim/report/vendor/";
mkdirSync(target, { recursive: true });
await build({
  entryPoints: ["charts.js"], bundle: true, minify: true, legalComments: "none", charset: "utf8",
  target: "es2020", format: "iife", outfile: target + "echarts.js",
});
const read = (name) => readFileSync("node_modules/" + name, "utf8");
writeFileSync(target + "LICENSE", read("echarts/LICENSE"));
writeFileSync(target + "NOTICE", read("echarts/NOTICE"));
const parts = ["zrender/LICENSE", "tslib/LICENSE.txt"].map((name) => name.split("/")[0] + "\n\n" + read(name).trim());
writeFileSync(target + "LICENSE.parts", parts.join("\n\n---\n\n") + "\n");
const version = JSON.parse(read("echarts/package.json")).version;
const sum = createHash("sha256").update(readFileSync(target + "echarts.js")).digest("hex");
writeFileSync(target + "SHA256", sum + "  echarts.js\n");
console.log("echarts " + version + " sha256 " + sum);
