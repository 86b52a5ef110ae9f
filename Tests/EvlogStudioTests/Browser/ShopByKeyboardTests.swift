#if Studio && JavaScript
  import Foundation
  import Testing

  extension BrowserTests {
    /// The same case without a mouse.
    @Test(.timeLimit(.minutes(15))) func theShopsCaseByKeyboard() async throws {
      try await ServedShop.with { shop in
        try await Browser.with { browser in
          try await followByKeyboard(shop, browser)
          #expect(try await browser.complaints() == [])
        }
      }
    }

    private func followByKeyboard(_ shop: ServedShop, _ browser: Browser) async throws {
      let bisect: Answer.Bisect = try await shop.ask("bisect", "shop.evlog", "--machine", "shop.js")
      let episodes = try #require(bisect.invariants.first { $0.offset != nil }).episodes
      let first = episodes[0].firstCut

      try await browser.open(shop.address)
      try await browser.wait(for: "document.querySelector('.finding .event-line')")

      // Steps, edges and episodes.
      try await browser.press("j")
      try await at(first + 1, browser)
      try await browser.press("k")
      try await at(first, browser)
      try await browser.press("n")
      try await at(try #require(episodes[0].endCut), browser)
      try await browser.press("N")
      try await at(first, browser)
      try await browser.press("]")
      try await at(episodes[1].firstCut, browser)
      try await browser.press("[")
      try await at(first, browser)

      // Why, and by Tab and Enter to the event that wrote the value.
      let why: Answer.Why = try await shop.ask("why", "shop.evlog", "--machine", "shop.js")
      let read = try #require(why.reasons[0].read?.first)
      let writer = try #require(read.writer)
      try await browser.press("y")
      try await browser.wait(for: "document.querySelector('.reasons .reason')")
      #expect(
        try await browser.numbers(".reason .event-head .to-event")
          == why.reasons.map(\.event.offset))
      try await tab(
        to: "e => e.matches('.headline .to-event') && e.innerText === '\(grouped(writer))'", browser
      )
      try await browser.press(Browser.Key.enter)
      try await at(writer + 1, browser)

      // The state, as a tree: arrows open it, Enter puts a path into focus.
      try await tab(to: "e => e.getAttribute('role') === 'treeitem'", browser)
      try await browser.press(Browser.Key.right)
      try await browser.wait(for: "document.querySelectorAll('[role=treeitem]').length > 2")
      try await browser.press(Browser.Key.down)
      try await browser.wait(
        for: #"document.activeElement.dataset.path?.startsWith('stock[')"#)
      // What the event changed comes first.
      #expect(
        try await browser.value("return document.activeElement.dataset.path") == #"stock["A-7"]"#)
      try await browser.press(Browser.Key.enter)
      try await browser.wait(for: "location.hash.includes('path=')")

      // Changes of that path, and blame.
      try await browser.press("J")
      try await at(first, browser)
      try await browser.press("K")
      try await at(writer + 1, browser)
      try await browser.press("b")
      try await browser.wait(for: "document.querySelector('.tag')?.innerText === 'last writer'")
      let blame: Answer.Blame = try await shop.ask(
        "blame", "shop.evlog", #"stock["A-7"]"#, "--machine", "shop.js", "--at", "\(writer + 1)",
        "--history")
      let shown = try await browser.numbers(".reason .event-head .to-event")
      #expect(shown == Array(blame.writers.map(\.event.offset).sorted(by: >).prefix(shown.count)))

      // Minimise and what-if.
      try await browser.press("J")
      try await at(first, browser)
      let minimise: Answer.Minimise = try await shop.ask(
        "minimise", "shop.evlog", "--machine", "shop.js")
      try await browser.press("i")
      try await browser.wait(for: "document.querySelector('.headline .big')")
      #expect(
        try await browser.numbers(".reason .event-head .to-event")
          == minimise.kept.map(\.event.offset))
      try await browser.press("x")
      try await browser.wait(for: "document.querySelector('.comparison')")
      let whatIf: Answer.Comparison = try await shop.ask(
        "what-if", "shop.evlog", "--machine", "shop.js", "--drop", "\(first - 1)")
      #expect(try await browser.texts(".comparison .tag") == whatIf.invariants.map(\.change))

      // The timeline: zoomed, its range committed and left.
      for _ in 0..<4 { try await browser.press("w") }
      try await browser.press("r")
      try await browser.wait(for: "location.hash.includes('range=')")
      let range = try #require(try await browser.focus("range")).split(separator: ".").compactMap {
        Int($0)
      }
      #expect(range.count == 2 && range[0] < first && first < range[1])
      try await browser.wait(
        for:
          "document.querySelector('studio-events .panel-count').innerText === '\(grouped(range[1] - range[0])) events'"
      )
      try await browser.press(Browser.Key.backspace)
      try await browser.wait(for: "!location.hash.includes('range=')")

      // A filter.
      try await browser.press("/")
      try await browser.type("stream:sku-A-7")
      try await browser.press(Browser.Key.enter)
      try await browser.wait(for: "location.hash.includes('filter=')")
      try await browser.wait(
        for: """
          [...document.querySelectorAll(".event-row .stream")].length > 3
            && [...document.querySelectorAll(".event-row .stream")].every(e => e.innerText === "sku-A-7")
          """)
      try await browser.press(Browser.Key.escape)

      // The palette: to a cut, and a command by its name.
      try await browser.press(">")
      try await browser.wait(for: "document.querySelector('dialog.palette').open")
      for _ in 0..<2 { try await browser.press(Browser.Key.backspace) }
      try await browser.type("\(episodes[2].firstCut)")
      try await browser.press(Browser.Key.enter)
      try await at(episodes[2].firstCut, browser)
      try await browser.press(">")
      try await browser.type("dark theme")
      try await browser.press(Browser.Key.enter)
      try await browser.wait(for: "document.documentElement.dataset.theme === 'dark'")

      // A note, and the help, which has every command.
      try await browser.press("m")
      try await browser.press("g", "n")
      try await browser.wait(for: "document.querySelector('.note')")
      #expect(try await browser.text(".note .to-note") == "Cut \(grouped(episodes[2].firstCut))")
      try await browser.press("?")
      try await browser.wait(for: "document.querySelector('dialog.help').open")
      #expect(try await browser.texts(".help dd").count > 30)
      try await browser.press(Browser.Key.escape)
      try await browser.press("g", "m")
      try await browser.wait(for: "document.querySelector('studio-map .empty')")
    }

    private func at(_ cut: Int, _ browser: Browser) async throws {
      try await browser.wait(
        for: "new URLSearchParams(location.hash.slice(1)).get('cut') === '\(cut)'", seconds: 10)
    }

    /// Presses Tab until something has the keyboard; the way there must end.
    private func tab(to isThere: String, _ browser: Browser) async throws {
      for _ in 0..<120 {
        try await browser.press(Browser.Key.tab)
        if try await browser.value("return Boolean((\(isThere))(document.activeElement))") {
          return
        }
      }
      throw BrowserError("Tab does not lead to \(isThere)")
    }
  }
#endif
