#if Studio && JavaScript
  import Foundation
  import ReplayTestSupport
  import Subprocess
  import SystemPackage

  /// A real browser, spoken to in WebDriver over plain HTTP.
  struct Browser: Sendable {
    /// What starts and steers the browser; nil where it is not installed.
    static let driver = program("chromedriver")
    static let chromium =
      program("chromium") ?? program("chromium-browser") ?? program("google-chrome")

    /// The driver is asked as a studio is: by plain sockets.
    private let driver: ServedStudio
    private let session: String

    /// Opens a browser without a window, by a driver on a free port, and closes both in the end.
    static func with(_ body: @Sendable @escaping (Browser) async throws -> Void) async throws {
      guard let driver, let chromium else { throw BrowserError("There is no chromedriver.") }
      _ = try await Subprocess.run(
        .path(driver), arguments: ["--port=0"], input: .none, output: .sequence, error: .discarded
      ) { execution in
        var port: Substring?
        for try await line in execution.standardOutput.strings() {
          port = line.firstMatch(of: /started successfully on port (\d+)/)?.1
          if port != nil { break }
        }
        do {
          guard let port else { throw BrowserError("chromedriver did not say its port.") }
          let server = try ServedStudio(at: "http://127.0.0.1:\(port)/#")
          let begun: Begun = try await send("POST", "/session", Wanted(chromium), to: server)
          let browser = Browser(driver: server, session: begun.sessionId)
          do {
            try await browser.resize(1280, 800)
            try await body(browser)
          } catch {
            try await browser.close()
            throw error
          }
          try await browser.close()
        } catch {
          try execution.send(signal: .terminate)
          throw error
        }
        try execution.send(signal: .terminate)
      }
    }

    private init(driver: ServedStudio, session: String) {
      self.driver = driver
      self.session = session
    }

    private func close() async throws {
      let _: Nothing? = try await Self.send(
        "DELETE", "/session/\(session)", Nothing?.none, to: driver)
    }

    // MARK: Looking

    /// What a script returns.
    func value<T: Decodable & Sendable>(_ script: String, _ arguments: String...) async throws -> T
    {
      try await send("POST", "/execute/sync", Script(script: script, args: arguments))
    }

    /// The text of the first element that a selector finds.
    func text(_ selector: String) async throws -> String {
      try await value("return document.querySelector(arguments[0])?.innerText ?? ''", selector)
    }

    func texts(_ selector: String) async throws -> [String] {
      try await value(
        "return [...document.querySelectorAll(arguments[0])].map(e => e.innerText.trim())", selector
      )
    }

    /// Numbers as they are grouped on the page.
    func numbers(_ selector: String) async throws -> [Int] {
      try await texts(selector).compactMap { Int($0.replacing(",", with: "")) }
    }

    /// The focus, as the address has it.
    func focus(_ name: String) async throws -> String? {
      try await value(
        "return new URLSearchParams(location.hash.slice(1)).get(arguments[0])", name)
    }

    /// Waits for a condition in JavaScript.
    func wait(for condition: String, seconds: Double = 60) async throws {
      let end = ContinuousClock.now + .seconds(seconds)
      while ContinuousClock.now < end {
        if try await value("return Boolean(\(condition))") { return }
        try await Task.sleep(for: .milliseconds(40))
      }
      throw BrowserError(
        "Waited in vain for: \(condition)\nThe page shows: \(try await text("#workspace").prefix(600))"
      )
    }

    /// Waits until nothing on the page is being answered any more.
    func waitForAnswers() async throws {
      try await wait(
        for: """
          document.querySelector("studio-status") && !document.querySelector("progress, .is-waiting")
          """)
    }

    /// What the page and the browser have complained about since the last time.
    func complaints() async throws -> [String] {
      let entries: [Entry] = try await send("POST", "/se/log", ["type": "browser"])
      return entries.map { "\($0.level): \($0.message)" }
    }

    func screenshot(to file: URL) async throws {
      let text: String = try await send("GET", "/screenshot", Nothing?.none)
      guard let image = Data(base64Encoded: text) else { throw BrowserError("That is no image.") }
      try image.write(to: file)
    }

    // MARK: Acting

    func open(_ address: String) async throws {
      let _: Nothing? = try await send("POST", "/url", ["url": address])
    }

    func reload() async throws {
      let _: Nothing? = try await send("POST", "/refresh", [String: String]())
    }

    func goBack() async throws {
      let _: Nothing? = try await send("POST", "/back", [String: String]())
    }

    func resize(_ width: Int, _ height: Int) async throws {
      try await command(
        "Emulation.setDeviceMetricsOverride",
        Metrics(width: width, height: height, deviceScaleFactor: 1, mobile: false))
    }

    func prefer(theme: String) async throws {
      try await command(
        "Emulation.setEmulatedMedia",
        Media(features: [.init(name: "prefers-color-scheme", value: theme)]))
    }

    /// Clicks with the mouse on the middle of an element, the first whose text has a part if that is given.
    func click(_ selector: String, _ part: String = "") async throws {
      // What is drawn anew between looking and clicking is looked for again.
      for attempt in 1... {
        try await wait(for: Self.find(selector, part), seconds: 20)
        let element: [String: String] = try await value("return \(Self.find(selector, part))")
        guard let id = element.values.first else { throw BrowserError("No \(selector) \(part)") }
        do {
          let _: Nothing? = try await send("POST", "/element/\(id)/click", [String: String]())
          return
        } catch let error as BrowserError where attempt < 5 && error.isStale {
          continue
        }
      }
    }

    /// Clicks with the mouse on a point of an element, in pixels from its corner.
    func click(_ selector: String, x: Double, y: Double) async throws {
      let corner: [Double] = try await value(
        "const r = document.querySelector(arguments[0]).getBoundingClientRect(); return [r.left, r.top]",
        selector)
      let to = Actions.Action(type: "pointerMove", x: Int(corner[0] + x), y: Int(corner[1] + y))
      try await act(
        "pointer", [to, .init(type: "pointerDown", button: 0), .init(type: "pointerUp", button: 0)])
    }

    /// Drags an element to the right, in pixels.
    func drag(_ selector: String, by distance: Int) async throws {
      let middle: [Double] = try await value(
        """
        const r = document.querySelector(arguments[0]).getBoundingClientRect()
        return [r.left + r.width / 2, r.top + r.height / 2]
        """, selector)
      let (x, y) = (Int(middle[0]), Int(middle[1]))
      try await act(
        "pointer",
        [
          .init(type: "pointerMove", x: x, y: y), .init(type: "pointerDown", button: 0),
          .init(type: "pointerMove", x: x + distance / 2, y: y),
          .init(type: "pointerMove", x: x + distance, y: y), .init(type: "pointerUp", button: 0),
        ])
    }

    /// Presses keys, one after the other; those without a character have the names below.
    func press(_ keys: String...) async throws {
      let actions = keys.flatMap { key in
        [Actions.Action(type: "keyDown", value: key), .init(type: "keyUp", value: key)]
      }
      try await act("key", actions)
    }

    func type(_ text: String) async throws {
      for character in text { try await press(String(character)) }
    }

    private func act(_ kind: String, _ actions: [Actions.Action]) async throws {
      let _: Nothing? = try await send(
        "POST", "/actions", Actions(actions: [.init(type: kind, id: kind, actions: actions)]))
    }

    private static func find(_ selector: String, _ part: String) -> String {
      let quoted = [selector, part].map {
        "'\($0.replacing("\\", with: "\\\\").replacing("'", with: "\\'"))'"
      }
      return """
        [...document.querySelectorAll(\(quoted[0]))].find(e => e.checkVisibility() && e.innerText.includes(\(quoted[1])))
        """
    }

    private func command(_ name: String, _ parameters: some Encodable & Sendable) async throws {
      let _: Nothing? = try await send(
        "POST", "/goog/cdp/execute", Command(cmd: name, params: parameters))
    }

    private func send<T: Decodable>(
      _ method: String, _ path: String, _ body: (some Encodable & Sendable)?
    ) async throws -> T {
      try await Self.send(method, "/session/\(session)\(path)", body, to: driver)
    }
  }

  extension Browser {
    /// Keys without a character, as WebDriver calls them.
    enum Key {
      static let tab = "\u{e004}"
      static let enter = "\u{e007}"
      static let escape = "\u{e00c}"
      static let left = "\u{e012}"
      static let up = "\u{e013}"
      static let right = "\u{e014}"
      static let down = "\u{e015}"
      static let backspace = "\u{e003}"
    }
  }
#endif
