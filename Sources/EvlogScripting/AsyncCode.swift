#if JavaScript
  import EvlogMachine
  import EvlogCore

  /// Finds code that a handler does not wait for: async functions and `import()`.
  ///
  /// What they await runs when the whole batch of events is over, so a state would depend on where batches and
  /// snapshots are. The engine itself reveals such code: `async` and `import` are ordinary names if another
  /// word in their place is equally valid, and keywords if it is not.
  enum AsyncCode {
    /// Throws if a syntactically valid source has such code. `syntaxError` is the line of the first error.
    static func refuse(
      in source: String, file: String, syntaxError: (String) -> Int?
    ) throws(MachineError) {
      let words = [("async", name(notIn: source)), ("import", "enum")]
      for (word, other) in words where source.contains(word) {
        guard let line = syntaxError(source.replacing(word, with: other)),
          syntaxError(source) == nil
        else { continue }
        throw MachineError(
          .invalid, machine: file,
          word == "async"
            ? "This is an async function: what it awaits would run when its event is over"
            : "This imports other code, which would arrive when its event is over",
          place: SourcePosition(file: file, line: line),
          advice: .init(
            "A handler has all that it needs, the state and the event: write it without "
              + (word == "async" ? "async and await." : "import().")))
      }
    }

    /// A name that means nothing in the source.
    private static func name(notIn source: String) -> String {
      var name = "asynk"
      while source.contains(name) { name += "k" }
      return name
    }
  }
#endif
