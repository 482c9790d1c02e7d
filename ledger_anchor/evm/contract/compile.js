// SPDX-License-Identifier: Apache-2.0
// Standard JSON of the Solidity compiler on standard input, its answer on standard output.
// Usage: node compile.js FOLDER, where FOLDER holds node_modules with solc.
const path = require("node:path");
const fs = require("node:fs");
const solc = require(path.join(process.argv[2], "node_modules", "solc"));
const answer = JSON.parse(solc.compile(fs.readFileSync(0, "utf8")));
answer.compiler = solc.version();
process.stdout.write(JSON.stringify(answer));
