#if JavaScript
  /// The JavaScript that is run before a machine's file: it takes away what is not deterministic,
  /// and defines `machine`, the makers of invariants, and the rules of contracts.
  ///
  /// It evaluates to an object of functions that only the host sees.
  enum Sandbox {
    /// Its name as a source, which distinguishes its lines from the machine's.
    static let file = "evlog"

    static let source = [
      declaring, contracts, bounding, events, judging, collections, tracking, patterns, groups,
      composing, running, watching, observing, exploring, outlining, refining, states,
    ].joined(separator: "\n\n")
  }
#endif
