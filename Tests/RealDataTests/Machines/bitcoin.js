// The unspent outputs of a chain, in exact integers. Amounts are in 10^-8 BTC.
const COIN = 100000000n
const MOST = 21000000n * COIN
const LARGEST_INT64 = (1n << 63n) - 1n

// Small amounts arrive as numbers, amounts beyond 2^53 as BigInt: here all of them are BigInt.
const sum = (amounts) => amounts.reduce((total, amount) => total + BigInt(amount), 0n)
const inputsOf = (s, e) => sum(e.data.inputs.map(i => s.unspent[`${i.txid}:${i.n}`]))
const outputsOf = (e) => e.data.outputs ?? []
const asInt64 = (amount) => BigInt.asIntN(64, amount)

function pay(s, e) {
  e.data.outputs.forEach((amount, n) => {
    s.unspent[`${e.data.txid}:${n}`] = BigInt(amount)
    s.block.made.push(`${e.data.txid}:${n}`)
  })
}

machine("bitcoin", 1, {
  initial: { unspent: {}, block: { made: [], spent: {} }, transfer: null },
  on: {
    "output.exists": (s, e) => { s.unspent[`${e.data.txid}:${e.data.n}`] = BigInt(e.data.value) },
    "tx.coinbase": pay,
    "tx.transfer": (s, e) => {
      const inputs = inputsOf(s, e), outputs = sum(e.data.outputs)
      s.transfer = {
        outputs, wrapped: asInt64(outputs),
        fee: inputs - outputs, feeInInt64: asInt64(inputs - asInt64(outputs)),
      }
      for (const { txid, n } of e.data.inputs) {
        const output = `${txid}:${n}`
        s.block.spent[output] = s.unspent[output]
        delete s.unspent[output]
      }
      pay(s, e)
    },
    "block.disconnected": (s) => {
      for (const output of s.block.made) delete s.unspent[output]
      Object.assign(s.unspent, s.block.spent)
      s.block = { made: [], spent: {} }
    },
  },
  ignore: ["block.connected"],
  invariants: {
    "outputs_le_inputs_exact": step((before, e) =>
      e.type !== "tx.transfer" || sum(e.data.outputs) <= inputsOf(before, e)),
    "outputs_le_inputs_int64_wrapping": step((before, e) =>
      e.type !== "tx.transfer" || asInt64(sum(e.data.outputs)) <= inputsOf(before, e)),
    "output_in_money_range": step((before, e) => outputsOf(e).every(amount => amount <= MOST)),
    "supply_le_21M": always(s => sum(Object.values(s.unspent)) <= MOST),
    "checked_int64_add_traps": step((before, e) => sum(outputsOf(e)) <= LARGEST_INT64),
  },
})
