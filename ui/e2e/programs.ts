/** Starts the programs that the tests talk to, and stops them. */

import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

export const ROOT = resolve(import.meta.dirname, "../..");
const BIN = join(ROOT, ".venv/bin");
const PATIENCE = 60_000;

export interface Program {
  process: ChildProcess;
  output: string;
  stop: () => Promise<void>;
}

/** Start a program, of the virtual environment where it is there, and wait until what it prints matches. */
export function start(
  command: string,
  args: string[],
  env: Record<string, string>,
  ready: RegExp,
): Promise<[Program, RegExpMatchArray]> {
  const child = spawn(command, args, {
    cwd: ROOT,
    env: { ...process.env, PATH: `${BIN}:${process.env["PATH"] ?? ""}`, NO_COLOR: "1", COLUMNS: "200", ...env },
    stdio: ["pipe", "pipe", "pipe"],
    // A group of its own: what a wrapper such as faketime began ends with it.
    detached: true,
  });
  const program: Program = {
    process: child,
    output: "",
    stop: () =>
      new Promise((done) => {
        if (child.exitCode !== null) return done();
        child.once("exit", () => done());
        child.stdin.end();
        if (child.pid !== undefined) process.kill(-child.pid, "SIGTERM");
      }),
  };
  return new Promise((resolved, rejected) => {
    const timer = setTimeout(() => rejected(new Error(`${command} was not ready:\n${program.output}`)), PATIENCE);
    const hear = (chunk: Buffer) => {
      program.output += chunk.toString();
      const found = ready.exec(program.output);
      if (found === null) return;
      clearTimeout(timer);
      resolved([program, found]);
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    child.once("exit", () => {
      clearTimeout(timer);
      rejected(new Error(`${command} ended:\n${program.output}`));
    });
  });
}

export interface Service {
  url: string;
  output: () => string;
  stop: () => Promise<void>;
}

/** A service with an empty data folder of its own. */
export async function service(env: Record<string, string> = {}): Promise<Service> {
  const folder = mkdtempSync(join(tmpdir(), "heliograph-page-"));
  const [program, found] = await start(
    "heliograph",
    ["run", "--data", folder, "--lang", "en"],
    { HELIOGRAPH_WEB_PORT: "0", HELIOGRAPH_POLLING_SYSTEM: "15", ...env },
    /is at (http\S+)/,
  );
  return {
    url: found[1] ?? "",
    output: () => program.output,
    stop: async () => {
      await program.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export interface Neighbour {
  name: string;
  host: string;
  serial: string;
  token: string;
  expired: string;
  foreign: string;
}
