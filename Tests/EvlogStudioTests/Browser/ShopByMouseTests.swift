#if Studio && JavaScript
  import Foundation
  import Testing

  /// The browser tests: one browser at a time, since each is as heavy as everything else together.
  @Suite(
    .serialized,
    .enabled(
      if: Browser.driver != nil && Browser.chromium != nil,
      "chromedriver or chromium is not installed: apt install chromium chromium-driver"))
  struct BrowserTests {}

  extension BrowserTests {
    /// The shop's whole case, followed with the mouse. Every number must be the command's.
    @Test(.timeLimit(.minutes(15))) func theShopsCaseByMouse() async throws {
      try await ServedShop.with { shop in
        try await Browser.with { browser in
          try await followByMouse(shop, browser)
          #expect(try await browser.complaints() == [])
        }
      }
    }

    private func followByMouse(_ shop: ServedShop, _ browser: Browser) async throws {
      let bisect: Answer.Bisect = try await shop.ask("bisect", "shop.evlog", "--machine", "shop.js")
      let broken = try #require(bisect.invariants.first { $0.offset != nil })
      let offset = try #require(broken.offset)

      // The verdict is there without a click, and the focus at the first violation.
      try await browser.open(shop.address)
      try await browser.wait(for: "document.querySelector('.finding .event-line')")
      #expect(try await browser.focus("cut") == "\(offset + 1)")
      #expect(try await browser.focus("t") == nil)
      #expect(try await browser.text(".finding .invariant") == broken.name)
      #expect(try await browser.numbers(".finding .headline .to-event") == [offset])
      let episodes = broken.episodes.map {
        "[\(grouped($0.firstCut))–\($0.endCut.map(grouped) ?? "end"))"
      }
      #expect(try await browser.texts(".finding .to-episode") == episodes)
      #expect(
        try await browser.text("studio-answers .answer").contains(
          "\(grouped(bisect.judgedThrough + 1)) cuts judged"))

      // Why: the events that led to it, and who wrote the value it needed.
      let why: Answer.Why = try await shop.ask("why", "shop.evlog", "--machine", "shop.js")
      try await browser.click(".next", "Why?")
      try await browser.wait(for: "document.querySelector('.reasons .reason')")
      #expect(
        try await browser.numbers(".reason .event-head .to-event")
          == why.reasons.map(\.event.offset))
      let read = try #require(why.reasons[0].read?.first)
      let writer = try #require(read.writer)
      #expect(try await browser.text(".headline").contains(read.path))
      #expect(try await browser.numbers(".headline .to-event") == [offset, writer])

      // A link moves the focus, all panels follow, and Back goes back.
      try await browser.click(".reason .to-event", grouped(writer))
      try await browser.wait(
        for:
          "document.querySelector('studio-moment h2').innerText.endsWith('\(grouped(writer + 1))')")
      try await browser.waitForAnswers()
      #expect(try await browser.text("studio-moment .change .to-path") == read.path)
      #expect(try await browser.numbers(".event-row.is-chosen .offset") == [writer])
      try await browser.goBack()
      try await browser.wait(for: "location.hash.includes('cut=\(offset + 1)')")

      // Blame, from where why leads.
      let blame: Answer.Blame = try await shop.ask(
        "blame", "shop.evlog", read.path, "--machine", "shop.js", "--at", "\(offset)", "--history")
      try await browser.click(".next", "Who else wrote it?")
      try await browser.wait(for: "document.querySelector('.tag')?.innerText === 'last writer'")
      let shown = try await browser.numbers(".reason .event-head .to-event")
      #expect(shown == Array(blame.writers.map(\.event.offset).sorted(by: >).prefix(shown.count)))
      #expect(shown.count >= min(20, blame.writers.count))
      try await browser.goBack()

      // Minimise: the events that suffice.
      let minimise: Answer.Minimise = try await shop.ask(
        "minimise", "shop.evlog", "--machine", "shop.js")
      try await browser.click(".question", "Minimise")
      try await browser.wait(for: "document.querySelector('.headline .big')")
      #expect(
        try await browser.texts(".headline .big") == [
          grouped(minimise.considered), "\(minimise.kept.count) events",
        ])
      #expect(
        try await browser.numbers(".reason .event-head .to-event")
          == minimise.kept.map(\.event.offset))
      #expect(
        try await browser.text("studio-answers .answer")
          .contains("\(grouped(minimise.replays)) replays"))

      // What if that event had not been?
      let whatIf: Answer.Comparison = try await shop.ask(
        "what-if", "shop.evlog", "--machine", "shop.js", "--drop", "\(offset)")
      try await browser.click(".next", "What if the breaking event")
      try await browser.wait(for: "document.querySelector('.comparison')")
      #expect(
        try await browser.texts(".comparison .invariant") == whatIf.invariants.map(\.name))
      #expect(try await browser.texts(".comparison .tag") == whatIf.invariants.map(\.change))
      #expect(
        try await browser.texts(".finding .to-episode")
          == whatIf.divergences.map {
            "[\(grouped($0.firstCut))–\($0.endCut.map(grouped) ?? "end"))"
          })

      // The timeline: a click on a lane's bar goes to the episode.
      let second = broken.episodes[1].firstCut
      let width: Double = try await browser.value(
        "return document.querySelector('.timeline-detail').clientWidth")
      try await browser.click(".segmented button", "offset")
      try await browser.waitForAnswers()
      try await Task.sleep(for: .milliseconds(300))
      let end = bisect.judgedThrough
      try await browser.click(
        ".timeline-detail", x: width * Double(second) / Double(end) + 1, y: 112)
      try await browser.wait(for: "location.hash.includes('cut=\(second)&')", seconds: 10)

      // Events: a filter, and a row.
      try await browser.click(".legend-name", "StockCounted")
      try await browser.wait(for: "document.querySelector('.filter').value === 'type:StockCounted'")
      try await browser.waitForAnswers()
      try await browser.wait(for: "document.querySelectorAll('.event-row .type').length > 3")
      #expect(Set(try await browser.texts(".event-row .type bdi")) == ["StockCounted"])
      try await browser.wait(
        for: "document.querySelector('studio-events .panel-count').innerText === '150 found'")
      try await browser.click(".event-row", "sku-A-7")

      // The map, over the other machine.
      let map: Answer.Map = try await shop.ask("map", "shop.evlog", "--machine", "orders.js")
      let _: Bool = try await browser.value(
        """
        const select = document.querySelector("studio-header select")
        select.selectedIndex = 1
        return select.dispatchEvent(new Event("change"))
        """)
      try await browser.click(".tab", "Map")
      try await browser.wait(
        for: "document.querySelectorAll('.cell').length === \(map.cells.count)")
      #expect(try await browser.text(".map-headline .big") == "\(map.counts["unknown"] ?? 0)")
      let marks: [String: Int] = try await browser.value(
        """
        const counts = {}
        for (const cell of document.querySelectorAll(".cell")) {
          counts[cell.dataset.mark] = (counts[cell.dataset.mark] ?? 0) + 1
        }
        return counts
        """)
      #expect(marks == map.counts.filter { $0.value > 0 })
      let events: [String: Int] = try await browser.value(
        """
        return Object.fromEntries([...document.querySelectorAll(".cell")].map(cell => [
          `${cell.dataset.region} ${cell.dataset.type}`,
          Number(cell.querySelector(".cell-count").innerText.replaceAll(",", "")),
        ]))
        """)
      #expect(
        events
          == Dictionary(
            uniqueKeysWithValues: map.cells.map { ("\($0.region) \($0.type)", $0.events) }))
      try await browser.click(".cell[data-mark=confirmed]")
      try await browser.wait(for: "document.querySelector('.cell-events .to-event')")

      // Notes survive a reload, and the focus too.
      try await browser.click("studio-moment .small", "Keep")
      try await browser.click(".tab", "Notebook")
      try await browser.wait(for: "document.querySelector('.note')")
      let before: String = try await browser.value("return location.hash")
      try await browser.reload()
      try await browser.wait(for: "document.querySelector('.note')")
      #expect(try await browser.value("return location.hash") == before)
    }
  }

  /// 12480 as 12,480.
  func grouped(_ number: Int) -> String {
    var text = ""
    for (index, digit) in String(number).reversed().enumerated() {
      if index > 0, index % 3 == 0 { text = "," + text }
      text = String(digit) + text
    }
    return text
  }
#endif
