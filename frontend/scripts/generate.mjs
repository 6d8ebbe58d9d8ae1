// Generates src/gen from ../protos. With --check it writes nothing and fails when src/gen is out of date.
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const target = join(root, "src/gen");

/** BUF names another binary; else the repository's virtual environment, else the PATH. */
function findBuf() {
  const inVirtualEnvironment = join(root, "../.venv/bin/buf");
  return process.env.BUF ?? (existsSync(inVirtualEnvironment) ? inVirtualEnvironment : "buf");
}

function generate(into) {
  const args = ["generate", "--output", into];
  execFileSync(findBuf(), args, { cwd: root, stdio: "inherit" });
}

function contents(folder) {
  if (!existsSync(folder)) return new Map();
  const files = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith(".ts"));
  return new Map(files.sort().map((name) => [name, readFileSync(join(folder, name), "utf8")]));
}

const scratch = mkdtempSync(join(tmpdir(), "voicecbt-gen-"));
try {
  generate(scratch);
  const fresh = join(scratch, "src/gen");
  if (process.argv.includes("--check")) {
    const [now, then] = [contents(fresh), contents(target)];
    const names = new Set([...now.keys(), ...then.keys()]);
    const stale = [...names].filter((name) => now.get(name) !== then.get(name));
    if (stale.length > 0) {
      console.error(`src/gen is out of date, run "npm run generate": ${stale.join(", ")}`);
      process.exitCode = 1;
    }
  } else {
    rmSync(target, { recursive: true, force: true });
    cpSync(fresh, target, { recursive: true });
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
