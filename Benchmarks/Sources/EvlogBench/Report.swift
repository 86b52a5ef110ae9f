/// The tables.
struct Report {
  let work: Work
  let result: WorkResult

  var lines: [String] {
    var lines = ["## \(work.name): \(work.title)", ""]
    for metric in work.metrics { lines += table(metric) + [""] }
    lines += work.targets.map(line)
    return lines + [""]
  }

  private func table(_ metric: Metric) -> [String] {
    let base = work.entries[0].label
    let probes = work.isDurable && metric == work.metrics[0]
    var rows = [
      ["", "median", "least", "most", "\(base) ÷ it"] + (probes ? ["bare sync, µs"] : [])
    ]
    for row in result.rows {
      let values = row.measurements.compactMap(metric.value)
      guard let least = values.min(), let most = values.max() else { continue }
      var cells = [row.label] + [values.middle, least, most].map(metric.text)
      cells.append(
        row.label == base
          ? "" : Text.number(ratio(metric, of: base, to: row.label) ?? .nan, digits: 2))
      if probes {
        let probe = row.measurements.compactMap { $0.probe?.median }
        cells.append(probe.isEmpty ? "" : Text.number(probe.middle * 1e6, digits: 0))
      }
      rows.append(cells)
    }
    let widths = rows[0].indices.map { i in rows.map { $0[i].count }.max() ?? 0 }
    let text = rows.map { cells in
      let padded = cells.indices.map { i in
        i == 0
          ? cells[i] + String(repeating: " ", count: widths[i] - cells[i].count)
          : Text.padded(cells[i], widths[i])
      }
      return "| " + padded.joined(separator: " | ") + " |"
    }
    let rule =
      "|"
      + widths.indices.map { i in
        String(repeating: "-", count: widths[i] + (i == 0 ? 2 : 1)) + (i == 0 ? "" : ":")
      }.joined(separator: "|") + "|"
    return ["**\(metric.title)**", "", text[0], rule] + text[1...]
  }

  private func line(_ target: Target) -> String {
    let value: Double?
    if let other = target.to {
      value = ratio(target.metric, of: target.of, to: other)
    } else {
      let values = result.values(target.metric, of: target.of)
      value = values.isEmpty ? nil : values.middle
    }
    guard let value else { return "- \(target.of), \(target.text): not measured" }
    let text =
      target.to == nil
      ? "\(target.metric.text(value)) (\(target.metric.title))"
      : Text.number(value, digits: 2)
    let verdict = target.isMet(by: value) ? "met" : "**not met**"
    return "- \(target.of), \(target.text): \(text), \(verdict)"
  }

  private func ratio(_ metric: Metric, of label: String, to other: String) -> Double? {
    let (a, b) = (result.values(metric, of: label), result.values(metric, of: other))
    guard !a.isEmpty, !b.isEmpty, b.middle != 0 else { return nil }
    return a.middle / b.middle
  }
}
