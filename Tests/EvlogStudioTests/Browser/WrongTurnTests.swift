#if Studio && JavaScript
  import Foundation
  import Testing

  extension BrowserTests {
    /// A newcomer's mistakes: wrong addresses, nonsense in fields, dead ends.
    @Test(.timeLimit(.minutes(15))) func wrongTurnsLeadBack() async throws {
      try await ServedShop.with(machines: ["shop.js"]) { shop in
        try await Browser.with { browser in
          try await browser.open(shop.address)
          try await browser.wait(for: "document.querySelector('.event-row .type')")
          try await leaveViolations(browser)
          try await leaveTheFilter(browser)
          try await comeBackToAnAnswer(browser)
          try await goBeforeAValue(browser)
          try await openWrongAddresses(browser)
          #expect(try await browser.complaints() == [])
          try await chooseRegions(browser)
        }
      }
    }

    private func says(_ text: String, _ browser: Browser) async throws {
      try await browser.wait(
        for: "document.querySelector('studio-status .message').innerText.includes('\(text)')")
    }

    /// Where no violation is on that side, the page says so; and so it does of a cut that is none.
    private func leaveViolations(_ browser: Browser) async throws {
      try await browser.press("N")
      try await says("No violation begins or ends before this cut", browser)
      try await browser.press("[")
      try await says("No episode begins before this cut", browser)
      try await browser.click(".cut-input")
      try await browser.type("banana")
      try await browser.press(Browser.Key.enter)
      try await says("banana is not a cut", browser)
      #expect(
        try await browser.value("return document.querySelector('.cut-input').value") == "7,778")
    }

    /// A filter that finds nothing says so, and is still there after Escape.
    private func leaveTheFilter(_ browser: Browser) async throws {
      try await browser.click(".filter")
      try await browser.type("zzzz")
      try await browser.wait(for: "!document.querySelector('.none-found').hidden")
      try await browser.press(Browser.Key.escape)
      #expect(try await browser.value("return document.querySelector('.filter').value") == "zzzz")
      try await browser.click(".none-found button")
      try await browser.wait(for: "document.querySelector('.event-row.is-chosen .type')")
      #expect(try await browser.focus("filter") == nil)
    }

    /// The tab of the answers leads back to the question that was shown.
    private func comeBackToAnAnswer(_ browser: Browser) async throws {
      try await browser.press("y")
      try await browser.wait(for: "document.querySelector('.reasons .reason')")
      try await browser.click("[data-panel=tables]")
      try await browser.click("[data-panel=verdict]")
      #expect(try await browser.focus("panel") == "why")
      #expect(try await browser.texts(".reasons .reason").count == 2)
    }

    /// A path at which nothing is yet is no error.
    private func goBeforeAValue(_ browser: Browser) async throws {
      try await browser.click("studio-moment .to-path", "reserved")
      try await browser.wait(for: "document.querySelector('.writer .to-event')")
      try await browser.press("k")
      try await browser.wait(
        for: "document.querySelector('.writer').innerText.startsWith('Nothing was ever at')")
    }

    /// A cut that is none leads to where the page begins, and one beyond the end to the end.
    private func openWrongAddresses(_ browser: Browser) async throws {
      for (cut, title) in [("-3", "7,778"), ("99999999", "12,480")] {
        let _: Bool = try await browser.value(
          "location.hash = '#v=1&s=0&cut=\(cut)&panel=banana'; return true")
        try await browser.wait(
          for: "document.querySelector('studio-moment h2').innerText === 'Moment at cut \(title)'")
        try await browser.wait(for: "document.querySelector('.cut-input').value === '\(title)'")
        try await browser.wait(
          for: "document.querySelector('.event-row.is-chosen .offset')")
      }
    }

    /// A machine without regions has a map by a value of its state, and a reload shows it again.
    private func chooseRegions(_ browser: Browser) async throws {
      try await browser.press("g", "m")
      try await browser.click(".offer", ".available")
      try await browser.wait(
        for: "document.querySelectorAll('.cell[data-mark=unknown]').length > 0")
      try await browser.reload()
      try await browser.wait(
        for: "document.querySelectorAll('.cell[data-mark=unknown]').length > 0")
      try await browser.wait(for: "document.querySelector('.trend')")
      #expect(try await browser.complaints() == [])
      try await browser.click(".by-path")
      let _: Bool = try await browser.value(
        "document.querySelector('.by-path').value = ''; return true")
      try await browser.type("status")
      try await browser.press(Browser.Key.enter)
      try await browser.wait(
        for:
          "document.querySelector('studio-map [role=alert]')?.innerText.includes('nothing at')")
      #expect(try await browser.texts(".cell") == [])
    }
  }
#endif
