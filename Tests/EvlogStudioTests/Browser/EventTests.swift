#if Studio && JavaScript
  import Foundation
  import Testing

  extension BrowserTests {
    /// Columns beside the events have the values that the answers have, and the timeline marks as many events as the
    /// list finds.
    @Test(.timeLimit(.minutes(15))) func columnsAndMatches() async throws {
      try await ServedShop.with(machines: ["shop.js"]) { shop in
        try await Browser.with { browser in
          try await browser.open(
            shop.address + "&v=1&cut=7778&path=stock%5B%22A-7%22%5D.available&column=data.quantity")
          try await browser.wait(for: "document.querySelector('.event-row.is-chosen .derived')")
          #expect(try await browser.texts(".event-row.is-chosen .derived") == ["40"])
          // The path in focus becomes a column by its key.
          try await browser.press("c")
          try await browser.wait(
            for:
              "document.querySelectorAll('.event-row.is-chosen .derived')[1]?.innerText === '-28'")
          let around: [String] = try await browser.value(
            """
            return [...document.querySelectorAll(".event-row")]
              .filter(row => ["event-7774", "event-7775", "event-7776"].includes(row.id))
              .map(row => row.querySelectorAll(".derived")[1].innerText)
            """)
          #expect(around == ["27", "12", "12"])
          try await browser.reload()
          try await browser.wait(
            for:
              "document.querySelectorAll('.event-row.is-chosen .derived')[1]?.innerText === '-28'")
          try await browser.click(".event-columns .derived button")
          try await browser.wait(
            for: "document.querySelectorAll('.event-columns .derived').length === 1")

          try await browser.press("/")
          try await browser.type("order-2394")
          try await browser.press(Browser.Key.enter)
          try await browser.wait(
            for:
              "/^\\d+ found$/.test(document.querySelector('studio-events .panel-count').innerText)")
          let found = try await browser.text("studio-events .panel-count").prefix { $0.isNumber }
          try await browser.wait(
            for: """
              document.querySelector("studio-timeline").tiles.whole.matches?.columns
                .reduce((sum, events) => sum + events, 0) === \(found)
              """)
          #expect(Int(found) ?? 0 > 1)
          #expect(try await browser.complaints() == [])
        }
      }
    }
  }
#endif
