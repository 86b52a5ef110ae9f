// A ledger of accounts.
//
// It promises that money enters by deposits and leaves by withdrawals only, that no account is overdrawn, and that a
// request is decided once, however often it comes: what is refused stays refused.
// It assumes that different requests have different ids.
// It cannot forget an id, so its state grows with every request, and it knows one currency.
const MOST = Number.MAX_SAFE_INTEGER // up to here, sums are exact

machine("ledger", 1, {
  initial: { balances: {}, total: 0, outcomes: {} },

  on: {
    Deposit: (s, { data: { id, account, amount } }) => {
      if (isDecided(s, id)) return
      if (!isAmount(amount) || s.total > MOST - amount) return refuse(s, id)
      s.total += amount
      s.balances[account] = balance(s, account) + amount
      s.outcomes[id] = "done"
    },
    Withdraw: (s, { data: { id, account, amount } }) => {
      if (isDecided(s, id)) return
      if (!isAmount(amount) || balance(s, account) < amount) return refuse(s, id)
      s.total -= amount
      s.balances[account] = balance(s, account) - amount
      s.outcomes[id] = "done"
    },
    Transfer: (s, { data: { id, from, to, amount } }) => {
      if (isDecided(s, id)) return
      if (!isAmount(amount) || balance(s, from) < amount) return refuse(s, id)
      s.balances[from] = balance(s, from) - amount
      s.balances[to] = balance(s, to) + amount
      s.outcomes[id] = "done"
    },
  },

  events: {
    Deposit: { id: text, account: text, amount: integer(1, MOST) },
    Withdraw: { id: text, account: text, amount: integer(1, MOST) },
    Transfer: { id: text, from: text, to: text, amount: integer(1, MOST) },
  },

  invariants: {
    "the balances add up to the total": always(s => sum(s) === s.total),
    "only deposits and withdrawals change the total": step((before, e, after) => {
      const change = after.total - before.total
      if (change === 0) return true
      if (e.data.id in before.outcomes || after.outcomes[e.data.id] !== "done") return false
      return change === { Deposit: e.data.amount, Withdraw: -e.data.amount }[e.type]
    }),
    "no account is overdrawn": always(s => Object.values(s.balances).every(b => b >= 0)),
    "sums are exact": always(s => s.total <= MOST),
    "a request is decided once": step((before, e, after) =>
      !(e.data.id in before.outcomes) || isSame(before, after)),
    "what is refused moves nothing": step((before, e, after) =>
      after.outcomes[e.data.id] !== "refused" || isSame(before.balances, after.balances)),
    "what is covered is done": step((before, e, after) => {
      const { id, amount } = e.data
      if (id in before.outcomes || amount < 1) return true
      const isCovered = e.type === "Deposit" ? amount <= MOST - before.total
        : amount <= balance(before, e.data.from ?? e.data.account)
      return !isCovered || after.outcomes[id] === "done"
    }),
  },

  // Three accounts, up to five units, four requests. Requests come again, also with other contents, and with amounts
  // that the contract would refuse.
  explore: {
    events: s => {
      const known = Object.keys(s.outcomes)
      const events = known.flatMap(id => requests(id, [1]))
      if (known.length < 4) events.push(...requests(`request ${known.length + 1}`, [-1, 0, 1, 2, MOST]))
      return events
    },
    bound: s => s.total <= 5,
    // Which account it is does not matter.
    symmetry: s => {
      const balances = Object.values(s.balances).sort((a, b) => a - b)
      return { ...s, balances: Object.fromEntries(balances.map((b, i) => [ACCOUNTS[i], b])) }
    },
  },
})

const ACCOUNTS = ["a", "b", "c"]

function balance(s, account) { return s.balances[account] ?? 0 }
function isAmount(amount) { return amount >= 1 && amount <= MOST }
function isDecided(s, id) { return id in s.outcomes }
function refuse(s, id) { s.outcomes[id] = "refused" }
function sum(s) { return Object.values(s.balances).reduce((a, b) => a + b, 0) }
function isSame(a, b) {
  if (typeof a !== "object" || typeof b !== "object") return a === b
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every(key => key in b && isSame(a[key], b[key]))
}

function requests(id, amounts) {
  return amounts.flatMap(amount => ACCOUNTS.flatMap(account => [
    { type: "Deposit", data: { id, account, amount } },
    { type: "Withdraw", data: { id, account, amount } },
    ...ACCOUNTS.map(to => ({ type: "Transfer", data: { id, from: account, to, amount } })),
  ]))
}
