// Which hosts of a trace are active, each by itself. ACTIVE, whether each is at first, is put before this file by
// the test. The invariants say that what is looked for is never so.
const hosts = Object.keys(ACTIVE)
const none = (hosts) => never(Object.fromEntries(hosts.map(host => [host, s => !s.active])))

machine("activity", 1, {
  logs: Object.fromEntries(hosts.map(host => [host, {
    initial: { active: ACTIVE[host] },
    on: { "*": (s, e) => { s.active = e.data.set[host]?.active ?? s.active } },
  }])),
  invariants: {
    "all_inactive": none(hosts),
    "nobody_but_n1_active": none(hosts.filter(host => host !== "n1")),
    "at_least_6_active": always(s => hosts.filter(host => s[host].active).length < 6),
  },
})
