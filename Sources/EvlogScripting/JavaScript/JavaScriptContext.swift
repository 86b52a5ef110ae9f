#if JavaScript
  import CJavaScriptCore
  import EvlogMachine

  /// A JavaScriptCore context with a watchdog. Belongs to one thread at a time.
  @safe final class JavaScriptContext {
    /// Bounds on what a script may take.
    struct Bounds: Sendable {
      /// How much of a processor's time one handler may take, in seconds.
      var seconds: Double
      /// How much memory the process may take beyond what it had before the script, in bytes.
      var bytes: Int
    }

    /// An exception that left the script.
    struct Exception: Error {
      var message: String
      var line: Int?
      /// Which file's line it is.
      var file: String?
      var termination: Watchdog.Reason?

      /// What it is where the watchdog stopped the script.
      var kind: MachineError.Kind? {
        termination.map { $0 == .memory ? .outOfMemory : .timedOut }
      }
    }

    private let group: JSContextGroupRef
    let context: JSGlobalContextRef
    let watchdog: Watchdog

    /// Says once, before the first context is made, how scripts are interrupted.
    private static let interruptsByPolling = evlog_JSUsePollingTraps()

    /// A context with the name under which the watchdog speaks of it.
    init(bounds: Bounds, name: String) throws(Exception) {
      _ = Self.interruptsByPolling
      guard let group = unsafe JSContextGroupCreate(),
        let context = unsafe JSGlobalContextCreateInGroup(group, nil)
      else { throw Exception(message: "JavaScriptCore does not start") }
      unsafe self.group = group
      unsafe self.context = context
      watchdog = Watchdog(bounds: bounds, name: name)
      unsafe watchdog.watch(group)
    }

    deinit {
      unsafe JSGlobalContextRelease(context)
      unsafe JSContextGroupRelease(group)
    }

    /// Forbids making code of texts from now on.
    func disableEval() {
      unsafe Self.withString("a machine cannot make code from a text") { message in
        unsafe JSGlobalContextSetEvalEnabled(context, false, message)
      }
    }

    private static func withString<T>(_ text: String, _ body: (JSStringRef?) -> T) -> T {
      // UTF-16 keeps the NUL characters at which a C string would end.
      let units = Array(text.utf16)
      let string = unsafe units.withUnsafeBufferPointer {
        unsafe JSStringCreateWithCharacters($0.baseAddress, $0.count)
      }
      defer { if let string = unsafe string { unsafe JSStringRelease(string) } }
      return unsafe body(string)
    }

    func value(_ text: String) -> JSValueRef? {
      unsafe Self.withString(text) { unsafe JSValueMakeString(context, $0) }
    }

    /// Numbers in memory that is the host's.
    func array(_ numbers: UnsafeMutablePointer<Double>, count: Int) -> JSValueRef? {
      unsafe JSObjectMakeTypedArrayWithBytesNoCopy(
        context, kJSTypedArrayTypeFloat64Array, numbers, 8 * count, { _, _ in }, nil, nil)
    }

    /// A text that is the host's, for as long as a script looks at it: to copy one of some 100 KB into new
    /// memory takes as long as to make it.
    func value(_ text: borrowing UTF16Text) -> JSValueRef? {
      guard let made = unsafe JSStringCreateWithCharactersNoCopy(text.units, text.count) else {
        return nil
      }
      defer { unsafe JSStringRelease(made) }
      return unsafe JSValueMakeString(context, made)
    }

    func value(_ number: Double) -> JSValueRef? { unsafe JSValueMakeNumber(context, number) }
    func value(_ flag: Bool) -> JSValueRef? { unsafe JSValueMakeBoolean(context, flag) }

    /// Any text, also one with half of a surrogate pair.
    func string(_ value: JSValueRef?) -> String? {
      guard let value = unsafe value, let string = unsafe JSValueToStringCopy(context, value, nil)
      else { return nil }
      defer { unsafe JSStringRelease(string) }
      let count = unsafe JSStringGetLength(string)
      guard let units = unsafe JSStringGetCharactersPtr(string) else { return "" }
      return unsafe String(
        decoding: UnsafeBufferPointer(start: units, count: count), as: UTF16.self)
    }

    /// A text that is well-formed, which may be large. Of another, what comes before its flaw.
    func wellFormedString(_ value: JSValueRef?) -> String? {
      guard let value = unsafe value, let string = unsafe JSValueToStringCopy(context, value, nil)
      else { return nil }
      defer { unsafe JSStringRelease(string) }
      let room = unsafe JSStringGetMaximumUTF8CStringSize(string)
      return unsafe String(unsafeUninitializedCapacity: room) { buffer in
        // What is written ends with a zero, which is counted.
        unsafe buffer.withMemoryRebound(to: CChar.self) { buffer in
          max(unsafe JSStringGetUTF8CString(string, buffer.baseAddress, room), 1) - 1
        }
      }
    }

    func evaluate(_ source: String, file: String) throws(Exception) -> JSValueRef? {
      var exception: JSValueRef?
      watchdog.begin()
      defer { watchdog.end() }
      let result = unsafe Self.withString(source) { source in
        unsafe Self.withString(file) { file in
          unsafe JSEvaluateScript(context, source, nil, file, 1, &exception)
        }
      }
      try unsafe rethrow(exception)
      return unsafe result
    }

    /// The line of the first error in a text's syntax; nil where there is none. Nothing of it is run.
    func syntaxError(_ source: String) -> Int? {
      var exception: JSValueRef?
      let isRight = unsafe Self.withString(source) { source in
        unsafe JSCheckScriptSyntax(context, source, nil, 1, &exception)
      }
      if isRight { return nil }
      let line = unsafe property("line", of: exception)
      return unsafe JSValueIsNumber(context, line) ? Int(JSValueToNumber(context, line, nil)) : 1
    }

    func call(_ function: JSValueRef?, _ arguments: [JSValueRef?]) throws(Exception) -> JSValueRef?
    {
      // The garbage collector does not see references in a Swift array.
      unsafe arguments.forEach { unsafe JSValueProtect(context, $0) }
      defer { unsafe arguments.forEach { unsafe JSValueUnprotect(context, $0) } }
      var exception: JSValueRef?
      watchdog.begin()
      defer { watchdog.end() }
      guard let object = unsafe JSValueToObject(context, function, nil) else {
        throw Exception(message: "this is not a function")
      }
      let result = unsafe arguments.withUnsafeBufferPointer {
        unsafe JSObjectCallAsFunction(context, object, nil, $0.count, $0.baseAddress, &exception)
      }
      try unsafe rethrow(exception)
      return unsafe result
    }

    func property(_ name: String, of value: JSValueRef?) -> JSValueRef? {
      guard let object = unsafe JSValueToObject(context, value, nil) else { return nil }
      return unsafe Self.withString(name) { unsafe JSObjectGetProperty(context, object, $0, nil) }
    }

    private func rethrow(_ exception: JSValueRef?) throws(Exception) {
      if let reason = watchdog.takeTermination() {
        throw Exception(message: reason.sentence(watchdog.bounds), termination: reason)
      }
      guard let exception = unsafe exception else { return }
      let line = unsafe property("line", of: exception)
      let file = unsafe string(property("sourceURL", of: exception))
      let number =
        unsafe file != Sandbox.file && JSValueIsNumber(context, line)
        ? Int(JSValueToNumber(context, line, nil)) : nil
      throw Exception(
        message: unsafe string(exception) ?? "an exception without a text", line: number,
        file: number == nil ? nil : file)
    }
  }
#endif
