// What the expressions and steps of the table language mean, for the machines that are rendered to JavaScript.
const NONE = Symbol("nothing");
const need = (condition, why) => { if (!condition) throw new Error(why); };
const isNumber = (x) => typeof x === "number" || typeof x === "bigint";
const isWhole = (x) => typeof x === "bigint" || Number.isInteger(x);
const settled = (n) => n >= -9007199254740991n && n <= 9007199254740991n ? Number(n) : n;
const calculate = (whole, inexact) => (a, b) => {
  need(isNumber(a) && isNumber(b), "not a number");
  if (isWhole(a) && isWhole(b)) return settled(whole(BigInt(a), BigInt(b)));
  const x = Number(a), y = Number(b);
  need(Number.isFinite(x) && Number.isFinite(y), "beyond all doubles");
  const result = inexact(x, y);
  need(Number.isFinite(result), "beyond all doubles");
  return result;
};
const plus = calculate((a, b) => a + b, (a, b) => a + b);
const minus = calculate((a, b) => a - b, (a, b) => a - b);
const times = calculate((a, b) => a * b, (a, b) => a * b);
const comparable = (a, b) => need(typeof a === "string" && typeof b === "string"
  || isNumber(a) && isNumber(b), "neither two numbers nor two texts");
const less = (a, b) => (comparable(a, b), a < b);
const atMost = (a, b) => (comparable(a, b), a <= b);
const isObject = (x) => typeof x === "object" && x !== null;
const same = (a, b) => {
  if (isNumber(a) && isNumber(b)) return a == b;
  if (!isObject(a) || !isObject(b)) return a === b;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length
    && keys.every((key) => Object.hasOwn(b, key) && same(a[key], b[key]));
};
const keyOf = (container, step) => {
  need(isObject(container), "neither an object nor an array");
  if (Array.isArray(container)) {
    need(typeof step === "bigint" || Number.isSafeInteger(step), "not an index");
    return Number(step);
  }
  need(typeof step === "string" || typeof step === "bigint" || Number.isSafeInteger(step), "not a key");
  return String(step);
};
const isThere = (container, key) =>
  Array.isArray(container) ? key >= 0 && key < container.length : Object.hasOwn(container, key);
const look = (value, steps) => {
  for (const step of steps) {
    if (!isObject(value)) return NONE;
    if (Array.isArray(value) ? !(typeof step === "bigint" || Number.isSafeInteger(step))
      : !(typeof step === "string" || typeof step === "bigint" || Number.isSafeInteger(step))) return NONE;
    const key = keyOf(value, step);
    if (!isThere(value, key)) return NONE;
    value = value[key];
  }
  return value;
};
const at = (value, ...steps) => {
  const found = look(value, steps);
  need(found !== NONE, "nothing there");
  return found;
};
const orElse = (found, other) => found === NONE ? other() : found;
const keyIn = (found) => {
  if (found === NONE) return undefined;
  need(found === null || typeof found === "string" || Number.isSafeInteger(found), "no key");
  return found;
};
const truth = (x) => { need(typeof x === "boolean", "neither true nor false"); return x; };
const each = (x) => {
  need(isObject(x), "neither an array nor an object");
  return Array.isArray(x) ? x : Object.keys(x).sort().map((key) => x[key]);
};
const all = (x, test) => { for (const it of each(x)) if (!truth(test(it))) return false; return true; };
const any = (x, test) => { for (const it of each(x)) if (truth(test(it))) return true; return false; };
const count = (x) => {
  need(typeof x === "string" || isObject(x), "nothing to be counted");
  return isObject(x) && !Array.isArray(x) ? Object.keys(x).length : x.length;
};
const sum = (x) => { let total = 0; for (const it of each(x)) total = plus(total, it); return total; };
const fail = (message) => { throw new Error(message); };
const copy = (x) => Array.isArray(x) ? Array.from(x, copy) : !isObject(x) ? x
  : Object.fromEntries(Object.keys(x).map((key) => [key, copy(x[key])]));
const dataOf = (e) => e.data instanceof Uint8Array ? Array.from(e.data) : e.data;
const holder = (target, place, makes) => {
  for (const step of place.slice(0, -1)) {
    const key = keyOf(target, step);
    if (!isThere(target, key)) {
      if (!makes && !Array.isArray(target)) return NONE;
      need(!Array.isArray(target), "nothing there");
      target[key] = {};
    }
    target = target[key];
  }
  return target;
};
const last = (target, place) => keyOf(target, place[place.length - 1]);
const put = (target, key, value) => {
  need(!Array.isArray(target) || isThere(target, key), "nothing there");
  target[key] = value;
};
const set = (root, place, value) => {
  const given = copy(value), target = holder(root, place, true);
  put(target, last(target, place), given);
};
const add = (root, place, value) => {
  const target = holder(root, place, true), key = last(target, place);
  need(!Array.isArray(target) || isThere(target, key), "nothing there");
  put(target, key, plus(isThere(target, key) ? target[key] : 0, value));
};
const append = (root, place, value) => {
  const given = copy(value), target = holder(root, place, true), key = last(target, place);
  need(!Array.isArray(target) || isThere(target, key), "nothing there");
  if (!isThere(target, key)) target[key] = [];
  need(Array.isArray(target[key]), "not an array");
  target[key].push(given);
};
const remove = (root, place) => {
  const target = holder(root, place, false);
  if (target === NONE) return;
  const key = last(target, place);
  if (!isThere(target, key)) return;
  if (Array.isArray(target)) target.splice(key, 1); else delete target[key];
};
