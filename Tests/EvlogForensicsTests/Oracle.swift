import EvlogForensics
import EvlogReplay
import EvlogStore

/// The verdicts of a table, one by one, and what follows from them: as plainly as can be.
struct Oracle {
  struct Entry {
    var cut: Cut
    var verdict: Int
  }
  /// For each key by its bytes, for each of the invariants a, c, b, d: the verdicts at its cuts.
  var verdicts: [[UInt8]: [[Entry]]] = [:]
  var judgedThrough: Cut
  var hasFailure = false
  let isLog: Bool
  /// The last cut that was asked for.
  let end: Cut

  /// Whether the machine failed for some key, while the others were judged.
  private(set) var hasFailedKeys = false

  /// `readsKeys`: whether the host knows whom an event is for whose data cannot be read.
  init(
    _ table: Table, lanes: [Int], initial: (Int, Int), scope: ScopeKind, to cut: Int,
    readsKeys: Bool = true
  ) {
    var failed: Set<[UInt8]> = []
    isLog = scope == .log
    end = Cut(cut)
    judgedThrough = Cut(cut)
    var memories: [[UInt8]: Int] = [:]
    if isLog {
      verdicts[[]] = [initial.0, 0, initial.1, 0].map { [Entry(cut: 0, verdict: $0)] }
    }
    for (i, (stream, row)) in table.rows.prefix(cut).enumerated() {
      let key: [UInt8]? =
        switch scope {
        case .log: []
        case .stream: Array(stream.utf8)
        case .key:
          stream == "none" ? nil : Array((stream == "a" || stream == "b" ? "ab" : stream).utf8)
        }
      let cut = Cut(i + 1)
      switch row {
      case .broken(let type, _):
        // A key that is known is put aside: from here on nothing is known of it.
        if let key, !isLog, scope == .stream || readsKeys || type != "row" {
          failed.insert(key)
          hasFailedKeys = true
          verdicts[key] = (verdicts[key] ?? [[], [], [], []]).map {
            $0 + [Entry(cut: cut, verdict: 2)]
          }
          continue
        }
        hasFailure = true
        judgedThrough = Cut(i)
        return
      case .idle:
        // The state, and with it the verdicts on it, stay; nothing happens in the step.
        guard isLog, let before = verdicts[[]] else { continue }
        verdicts[[]] = before.enumerated().map { j, list in
          list + [Entry(cut: cut, verdict: j == 1 ? 0 : list[list.count - 1].verdict)]
        }
      case .verdicts(let v):
        guard let key else { continue }
        if failed.contains(key) {
          verdicts[key] = verdicts[key]?.map { $0 + [Entry(cut: cut, verdict: 2)] }
          continue
        }
        let memory = (memories[key, default: 0] + v[lanes[3]]) % 3
        memories[key] = memory
        let now = [v[lanes[0]], v[lanes[2]], v[lanes[1]], memory]
        verdicts[key] = zip(verdicts[key] ?? [[], [], [], []], now).map {
          $0 + [Entry(cut: cut, verdict: $1)]
        }
      }
    }
  }

  /// What a finding must say of an invariant.
  func finding(_ invariant: Int) -> [String] {
    var episodes: [(key: [UInt8], first: Cut, end: Cut?, isHealed: Bool, count: Int)] = []
    var undefined: [Cut] = []
    for (key, lists) in verdicts {
      let list = lists[invariant]
      for (i, entry) in list.enumerated() {
        if entry.verdict == 2 { undefined.append(entry.cut) }
        if entry.verdict == 1 {
          if i > 0, list[i - 1].verdict == 1 {
            episodes[episodes.count - 1].count += 1
          } else {
            episodes.append((key, entry.cut, nil, false, 1))
          }
        } else if i > 0, list[i - 1].verdict == 1 {
          episodes[episodes.count - 1].end = entry.cut
          episodes[episodes.count - 1].isHealed = entry.verdict == 0
        }
      }
    }
    episodes.sort { $0.first < $1.first }
    // Each event that violates a step breaks it; elsewhere an episode's first event does.
    var breaks = episodes.map { ($0.key, $0.first) }
    if invariant == 1 {
      breaks = verdicts.flatMap { key, lists in
        lists[invariant].filter { $0.verdict == 1 }.map { (key, $0.cut) }
      }.sorted { $0.1 < $1.1 }
    }
    let open = episodes.filter { !$0.isHealed }.count
    let kind =
      episodes.isEmpty
      ? "-" : open == 0 ? "transient" : open == episodes.count ? "latched" : "flapping"
    var guarantee = "exact"
    let bad = episodes.first?.first
    if let cut = undefined.min(), cut < bad ?? .max {
      guarantee = "range \(cut)...\(bad ?? max(cut, end))"
    } else if hasFailure, bad == nil {
      guarantee = "range \(judgedThrough + 1)...\(max(judgedThrough + 1, end))"
    }
    return episodes.map {
      "\(isLog ? [] : $0.key) \($0.first)..<\($0.end ?? 0) \($0.isHealed) \($0.count)"
    }
      + breaks.map { "broken at \(isLog ? [] : $0.0) \($0.1)" }
      + [kind, guarantee, "undefined \(undefined.count) \(undefined.min() ?? 0)"]
  }
}

/// The same of a real finding.
func described(_ finding: Finding) -> [String] {
  let guarantee =
    if case .range(let range) = finding.guarantee { "range \(range)" } else {
      finding.guarantee.name
    }
  return finding.episodes.map {
    "\(Array(($0.key ?? "").utf8)) \($0.firstCut)..<\($0.endCut ?? 0) \($0.healedBy != nil) \($0.violations)"
  } + finding.breaks.map { "broken at \(Array(($0.key ?? "").utf8)) \($0.firstCut)" } + [
    finding.episodeClass?.rawValue ?? "-", guarantee,
    "undefined \(finding.undefinedCount) \(finding.firstUndefined ?? 0)",
  ]
}
