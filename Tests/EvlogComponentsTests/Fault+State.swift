/// Faults of components that keep something: a lock, money, a value, messages.
extension Fault {
  static let lock = [
    Fault(
      "lock", "at most one client holds the lock",
      "      if (Object.keys(s.leases).length > 0) return\n", ""),
    Fault("lock", "tokens strictly rise", "      s.token++\n", "      s.token = 1\n"),
    Fault(
      "lock", "tokens strictly rise", "token: s.token, left: LEASE }",
      "token: Math.max(1, s.token - 1), left: LEASE }"),
    Fault(
      "lock", "a lease ends by its release or its last tick",
      "?.token !== token) return\n      delete", " === undefined) return\n      delete"),
    Fault(
      "lock", "a lease ends by its release or its last tick", "left === 0) delete",
      "left <= 1) delete"),
    Fault(
      "lock", "a lease ends by its release or its last tick",
      "      if (Object.keys(s.leases).length > 0) return\n", "      s.leases = {}\n"),
    Fault(
      "lock", "a free lock is granted",
      "      s.leases[client] = { token: s.token, left: LEASE }\n", ""),
    Fault("lock", "a lease lasts its ticks", "      s.leases[client].left = LEASE\n", ""),
    Fault("lock", "a lease lasts its ticks", "        s.leases[client].left--\n", ""),
    Fault(
      "lock", "a release ends the lease", "token) return\n      delete s.leases[client]",
      "token) return"),
    Fault(
      "lock", "an old token writes nothing", "      if (token < s.resource.token) return\n", ""),
    Fault(
      "lock", "a token that was not granted writes nothing", "token < 1 || token > s.token",
      "token > s.token"),
    Fault(
      "lock", "a token that was not granted writes nothing", "token < 1 || token > s.token",
      "token < 1"),
    Fault(
      "lock", "the holder's writes are taken", "if (token < s.resource.token)",
      "if (token <= s.resource.token)"),
  ]

  static let ledger = [
    Fault(
      "ledger", "the balances add up to the total",
      "      s.balances[from] = balance(s, from) - amount\n", ""),
    Fault(
      // Between an account and itself, this makes money.
      "ledger", "the balances add up to the total",
      """
            s.balances[from] = balance(s, from) - amount
            s.balances[to] = balance(s, to) + amount
      """,
      """
            const credited = balance(s, to) + amount
            s.balances[from] = balance(s, from) - amount
            s.balances[to] = credited
      """),
    Fault(
      "ledger", "only deposits and withdrawals change the total",
      "      s.balances[to] = balance(s, to) + amount\n", "      s.total -= amount\n"),
    Fault(
      "ledger", "only deposits and withdrawals change the total",
      "      s.total -= amount\n      s.balances[account] = balance(s, account) - amount\n",
      "      s.total--\n      s.balances[account]--\n"),
    Fault("ledger", "no account is overdrawn", "balance(s, from) < amount", "false"),
    Fault("ledger", "no account is overdrawn", "balance(s, account) < amount", "false"),
    Fault("ledger", "no account is overdrawn", "amount >= 1 && amount <= MOST", "amount <= MOST"),
    Fault("ledger", "sums are exact", " || s.total > MOST - amount", ""),
    Fault(
      "ledger", "a request is decided once", "return id in s.outcomes",
      "return s.outcomes[id] === \"done\""),
    Fault(
      "ledger", "a request is decided once", "return id in s.outcomes",
      "return s.outcomes[id] === \"refused\""),
    Fault(
      "ledger", "what is refused moves nothing",
      """
            if (!isAmount(amount) || balance(s, from) < amount) return refuse(s, id)
            s.balances[from] = balance(s, from) - amount
      """,
      """
            s.balances[from] = balance(s, from) - amount
            if (!isAmount(amount) || balance(s, from) < 0) return refuse(s, id)
      """),
    Fault(
      "ledger", "what is covered is done", "s.total > MOST - amount",
      "s.total >= MOST - amount"),
    Fault(
      "ledger", "what is covered is done", "balance(s, from) < amount",
      "balance(s, from) <= amount"),
    Fault(
      "ledger", "what is covered is done", "balance(s, account) < amount",
      "balance(s, account) <= amount"),
  ]

  static let register = [
    Fault(
      "register", "a value is set only where the expected one was",
      "const isSet = s.value === expected", "const isSet = true"),
    Fault(
      "register", "a repeated request changes nothing", "request <= reply.request",
      "request < reply.request"),
    Fault(
      "register", "a new request is answered", "reply !== undefined && request <= reply.request",
      "request <= (reply?.request ?? 0) + 1"),
    Fault(
      "register", "a new request is answered",
      "      s.replies[client] = { request, isSet: false, value: s.value }\n", ""),
    Fault(
      "register", "versions count what was set", "if (isSet) s.version++", "s.version++"),
    Fault(
      "register", "versions count what was set", "if (isSet) s.version++",
      "if (isSet && s.value !== expected) s.version++"),
    Fault(
      "register", "the replies are those of one register", "request, isSet, value: s.value",
      "request, isSet, value"),
    Fault(
      "register", "the replies are those of one register", "request, isSet, value: s.value",
      "request, isSet: true, value: s.value"),
    Fault(
      "register", "the replies are those of one register",
      "request, isSet: false, value: s.value", "request, isSet: false, value: \"\""),
  ]

  static let queue = [
    Fault(
      "queue", "what is settled never comes back",
      "if (id in s.settled || find(s, id) !== undefined) return",
      "if (find(s, id) !== undefined) return"),
    Fault("queue", "nothing is lost", "  s.settled[id] = how\n", ""),
    Fault(
      "queue", "nothing is lost", "      find(s, id).place = \"waiting\"\n",
      "      return void s.messages.shift()\n"),
    Fault(
      "queue", "only a dead letter is discarded",
      "if (find(s, id)?.place !== \"dead\") return\n      settle",
      "if (find(s, id) === undefined) return\n      settle"),
    Fault(
      "queue", "only a dead letter is discarded", "settle(s, id, \"acknowledged\")",
      "settle(s, id, \"discarded\")"),
    Fault(
      "queue", "a message is taken by one consumer at a time",
      "return message.place === \"waiting\" &&", "return message.place !== \"dead\" &&"),
    Fault(
      "queue", "an old receipt does nothing", " && message.receipt === receipt", ""),
    Fault(
      "queue", "what is said in time counts", "      settle(s, id, \"acknowledged\")\n", ""),
    Fault("queue", "what is said in time counts", "      settle(s, id, \"discarded\")\n", ""),
    Fault("queue", "what is said in time counts", "      putBack(find(s, id))\n", ""),
    Fault(
      "queue", "a message goes back when its time is over", "        message.left--\n", ""),
    Fault(
      "queue", "a message goes back when its time is over", "if (message.left === 0) putBack",
      "if (message.left === 1) putBack"),
    Fault("queue", "a delivery counts", "      message.attempts++\n", ""),
    Fault("queue", "a delivery counts", "message.left = VISIBILITY", "message.left = 1"),
    Fault(
      "queue", "a receipt is used once", "find(s, id).attempts = 0",
      "find(s, id).attempts = find(s, id).receipt = 0"),
    Fault("queue", "a receipt is used once", "      message.receipt++\n", ""),
    Fault(
      "queue", "messages of one key go out in order",
      "s.messages.find(m => m.key === message.key).id === message.id", "true"),
    Fault(
      // What waits behind a dead letter goes out.
      "queue", "messages of one key go out in order", "s.messages.find(m => m.key === message.key)",
      "s.messages.find(m => m.key === message.key && m.place !== \"dead\")"),
    Fault(
      "queue", "messages of one key go out in order", "s.messages.push(", "s.messages.unshift("),
    Fault(
      "queue", "no message is tried more often than allowed", "message.attempts < ATTEMPTS ?",
      "message.attempts <= ATTEMPTS ?"),
    Fault(
      "queue", "no message is given up before that", "message.attempts < ATTEMPTS ?",
      "message.attempts < ATTEMPTS - 1 ?"),
    Fault(
      "queue", "what may go out does", "s.messages.find(m => m.key === message.key)",
      "s.messages[0]"),
  ]
}
