// Withdrawals from accounts. A request names an amount; its response reports the new balance.
const isSuccess = (e) => e.type === "withdraw.responded" && e.data.result === "SUCCESS"

machine("bank", 1, {
  initial: {
    balances: {}, // opening balance minus what was withdrawn
    reported: {}, // what the last response said
    pending: {}, // requests without a response, by id
  },
  on: {
    "accounts.opened": (s, e) => {
      for (const [account, balance] of Object.entries(e.data.balances))
        s.balances[`account-${account}`] = s.reported[`account-${account}`] = balance
    },
    "withdraw.requested": (s, e) => {
      s.pending[e.data.id] = { account: e.stream, amount: e.data.amount }
    },
    "withdraw.responded": (s, e) => {
      const request = s.pending[e.data.id]
      if (e.data.result === "SUCCESS" && request) s.balances[e.stream] -= request.amount
      s.reported[e.stream] = e.data.balance
      delete s.pending[e.data.id]
    },
  },
  invariants: {
    "spec_BankBalanceIsAlwaysCorrect": step((before, e) =>
      !isSuccess(e) ||
      e.data.balance === before.reported[e.stream] - before.pending[e.data.id].amount),
    "known_request": step((before, e) =>
      e.type !== "withdraw.responded" || before.pending[e.data.id]?.account === e.stream),
    "balance_ge_10": step((before, e) =>
      e.type !== "withdraw.responded" || e.data.balance >= 10),
    "reports_true_balance": always(s =>
      Object.keys(s.balances).every(account => s.reported[account] === s.balances[account])),
    "no_pending": always(s => Object.keys(s.pending).length === 0),
  },
})
