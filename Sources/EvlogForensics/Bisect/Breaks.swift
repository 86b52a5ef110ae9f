public import EvlogCore
import EvlogReplay

/// The events that broke an invariant, in the order of the log. For a step, each event that violates it, even
/// right after another one; for other invariants, the event that begins each episode.
public struct Breaks: Sendable, RandomAccessCollection {
  /// The break, as the episode that it begins. A step is violated at one cut only.
  public typealias Element = Episode

  private enum Content: Sendable {
    case steps(StepViolations, last: Cut)
    case episodes([Episode])
  }

  private let content: Content

  init(_ steps: StepViolations, to cut: Cut) { content = .steps(steps, last: cut) }
  init(_ episodes: [Episode]) { content = .episodes(episodes) }

  public var startIndex: Int { 0 }

  public var endIndex: Int {
    switch content {
    case .steps(let steps, _): steps.count
    case .episodes(let episodes): episodes.count
    }
  }

  public subscript(i: Int) -> Episode {
    switch content {
    case .episodes(let episodes): return episodes[i]
    case .steps(let steps, let last):
      let step = steps[i]
      return Episode(
        key: step.key, firstCut: step.cut, endCut: step.cut < last ? step.cut + 1 : nil,
        violations: 1)
    }
  }

  /// Where the first one is that leads to a cut or to a later one.
  private func place(of cut: Cut) -> Int {
    switch content {
    case .steps(let steps, _): steps.place(of: cut)
    case .episodes(let episodes): episodes.partitioningIndex { $0.firstCut >= cut }
    }
  }

  /// The break that leads to a cut; nil if nothing was broken there.
  public func at(cut: Cut) -> Episode? {
    let i = place(of: cut)
    return i < count && self[i].firstCut == cut ? self[i] : nil
  }

  /// The first break that leads beyond a cut.
  public func next(after cut: Cut) -> Episode? {
    let i = place(of: cut + 1)
    return i < count ? self[i] : nil
  }

  /// The last break that leads to an earlier cut.
  public func last(before cut: Cut) -> Episode? {
    let i = place(of: cut)
    return i > 0 ? self[i - 1] : nil
  }
}
