import EvlogMachine

#if JavaScript
  import EvlogScripting
  import EvlogStore
  import ReplayTestSupport
  import Testing

  /// What judges a state leaves it as it is, at every event.
  @Suite struct JudgeTests {
    private static let count = 5000

    /// One that writes only late, when it was looked at many times, is found at that event.
    @Test(arguments: [
      "always(s => { if (s.n === 4321) s.n = -1; return true })",
      "always(s => { if (s.n === 4321) s.list.push(1); return true })",
      "always(s => { if (s.n === 4321) s.frozen.inner.push(1); return true })",
      "always(s => { if (s.n === 4321) { try { s.n = 0 } catch {} } return true })",
      "always(s => { if (s.n === 4321) Object.assign(s, { n: 0 }); return true })",
      "step((b, e, a) => { if (a.n === 4321) e.data.list.push(1); return true })",
      "step((b, e, a) => { if (a.n === 4321) e.data = 1; return true })",
      "step((b, e, a) => { if (a.n === 4321) b.n++; return true })",
      "step((b, e, a) => { if (a.n === 4321) e.metadata.x = 1; return true })",
      "history(0, (m, b, e, a) => { if (a.n === 4321) delete e.data.list; return true })",
      "always(change)",
    ])
    func isFoundWhereItWrites(_ invariant: String) throws {
      let program = try ScriptProgram(
        source: """
          const change = s => { if (s.n === 4321) s.n = 0; return true }
          machine("m", 1, { initial: { n: 0, list: [] },
            on: { e: (s, e) => {
              s.n++; s.data = e.data.list
              s.frozen ??= Object.freeze({ inner: [] })
            } },
            invariants: { i: \(invariant) } })
          """, file: "m.js")
      var event = NewEvent("e", #"{"list":[]}"#)
      event.metadata = Array("{}".utf8)
      let (error, changes) = try failure(program, [NewEvent](repeating: event, count: Self.count))
      #expect(error?.offset == 4320 && error?.handler == "the invariant 'i'")
      #expect(error?.message == "it changes what it looks at")
      #expect(changes.map(\.verdict) == [.holds] || changes.isEmpty)
    }

    /// What an event is to a judge that is not proven to look only, it is to one that is.
    @Test func aViewOfAnEventIsLikeTheEvent() throws {
      let look = """
        JSON.stringify([e.offset, e.stream, e.revision, e.type, e.schemaVersion, e.id, e.data, e.metadata, e.time,
          e.timeMs, `${e.timeNs}`, e.contentType, Object.keys(e)]) + e.random()
        """
      for (body, data) in [
        ("", "{\"a\":[1,{\"b\":2}]}"), ("const f = [].push;", "{\"a\":[1,{\"b\":2}]}"),
      ] {
        let program = try ScriptProgram(
          source: """
            machine("m", 1, { initial: {}, on: { e: (s, e) => { s.text = \(look) } },
              invariants: { same: step((b, e, a) => { \(body) return a.text === \(look) }) } })
            """, file: "m.js")
        var event = NewEvent("e", data)
        event.metadata = Array(#"{"m":[1]}"#.utf8)
        let (error, changes) = try failure(program, [event])
        #expect(error == nil && !changes.contains { $0.verdict != .holds }, "\(changes)")
      }
    }

    @Test func bytesAreCopies() throws {
      let program = try ScriptProgram(
        source: """
          machine("m", 1, { initial: {}, on: { e: (s, e) => { s.first = e.data[0] } },
            invariants: { i: step((b, e, a) => { e.data.fill(9); return e.data.length === 3 }),
              j: step((b, e, a) => e.data[0] === 1) } })
          """, file: "m.js")
      var event = NewEvent("e", "")
      (event.data, event.contentType) = ([1, 2, 3], "application/octet-stream")
      let (error, changes) = try failure(program, [event])
      #expect(error == nil && !changes.contains { $0.verdict != .holds })
    }
  }
#endif
