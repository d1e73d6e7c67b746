// The worker of the try-out: the engine and the rules as modules, each rule in a fresh instance for each call. It loads
// modules from the host by their digests, and may ask it for nothing else.

/** The most answers of rules that are kept. */
const ANSWERS_MAX = 10_000;

let engine = null;
const rules = new Map();
/** The answers of rules by what they were asked: a rule has no other input, and a search asks the same again. */
const answers = new Map();

/** Numbers of 64 bits cross the border of the engine as `{"$int64": "..."}`. */
const revive = (_, value) => (typeof value?.$int64 === "string" ? BigInt(value.$int64) : value);
const replace = (_, value) => (typeof value === "bigint" ? { $int64: value.toString() } : value);

function callRule(digest, written) {
  const asked = `${digest} ${written}`;
  const known = answers.get(asked);
  if (known !== undefined) return known;
  const answer = callAnew(digest, written);
  if (answers.size >= ANSWERS_MAX) answers.clear();
  answers.set(asked, answer);
  return answer;
}

function callAnew(digest, written) {
  const rule = rules.get(digest);
  if (!rule) throw "unknown";
  try {
    const exports = rule.module.instantiate((name) => rule.parts.get(name), {});
    const call = exports.determine ?? exports.ruleOn;
    return JSON.stringify(call(...JSON.parse(written, revive)), replace);
  } catch {
    // What went wrong may tell a fact.
    throw "trap";
  }
}

async function takeRule({ digest, script, component }) {
  const module = await import(script);
  const part = ([name, [start, length]]) => [name, new WebAssembly.Module(component.slice(start, start + length))];
  rules.set(digest, { module, parts: new Map(Object.entries(module.parts).map(part)) });
}

async function open({ law }) {
  await Promise.all(law.rules.map(takeRule));
  const core = new Map(law.core.map(([name, bytes]) => [name, new WebAssembly.Module(bytes)]));
  const module = await import(law.engine);
  engine = module.instantiate((name) => core.get(name), { "call-rule": { default: callRule } });
  const utf8 = new TextEncoder();
  const definitions = Object.entries(law.definitions).map(([path, text]) => ({ path, bytes: utf8.encode(text) }));
  const components = law.rules.map(({ digest, component }) => ({ path: `rules/${digest}.wasm`, bytes: component }));
  engine.open({
    files: [{ path: "index.json", bytes: utf8.encode(law.index) }, ...definitions, ...components],
    types: law.rules.map(({ digest, type }) => ({ digest, json: type })),
    rules: law.applying,
    place: law.place,
    service: law.service,
    today: law.today,
    recipientKind: law.recipientKind,
    recipientId: law.recipientId,
    key: crypto.getRandomValues(new Uint8Array(32)),
  });
  return null;
}

const kinds = {
  open,
  step: ({ form, language }) => engine.step(new TextEncoder().encode(form), language),
  decide: ({ asOf, knownAt, facts }) => engine.decide(asOf, knownAt, facts),
};

self.onmessage = async ({ data }) => {
  try {
    self.postMessage({ value: await kinds[data.kind](data) });
  } catch (error) {
    self.postMessage({ error: String(error?.payload ?? error?.message ?? error) });
  }
};
