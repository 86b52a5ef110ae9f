#if JavaScript
  import CJavaScriptCore
  import Replay

  #if canImport(Glibc)
    import Glibc
  #endif

  /// A JavaScriptCore context with a watchdog. Belongs to one thread at a time.
  @safe final class JavaScriptContext {
    /// Bounds on what a script may take.
    struct Bounds: Sendable {
      /// How long one handler may run, in seconds.
      var seconds: Double
      /// How much memory the process may take beyond what it had before the script, in bytes.
      var bytes: Int
    }

    /// An exception that left the script.
    struct Exception: Error {
      var message: String
      var line: Int?
      var termination: Watchdog.Reason?

      /// What it is where the watchdog stopped the script.
      var kind: MachineError.Kind? {
        termination.map { $0 == .memory ? .outOfMemory : .timedOut }
      }
    }

    private let group: JSContextGroupRef
    let context: JSGlobalContextRef
    let watchdog: Watchdog

    init(bounds: Bounds) throws(Exception) {
      guard let group = unsafe JSContextGroupCreate(),
        let context = unsafe JSGlobalContextCreateInGroup(group, nil)
      else { throw Exception(message: "JavaScriptCore does not start") }
      unsafe self.group = group
      unsafe self.context = context
      watchdog = Watchdog(bounds: bounds)
      unsafe watchdog.watch(group)
    }

    deinit {
      unsafe JSGlobalContextRelease(context)
      unsafe JSContextGroupRelease(group)
    }

    /// Forbids making code of texts from now on.
    func disableEval() {
      unsafe Self.withString("a machine cannot make code of a text") { message in
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
      let result = unsafe Self.withString(source) { source in
        unsafe Self.withString(file) { file in
          unsafe JSEvaluateScript(context, source, nil, file, 1, &exception)
        }
      }
      try unsafe rethrow(exception)
      return unsafe result
    }

    func call(_ function: JSValueRef?, _ arguments: [JSValueRef?]) throws(Exception) -> JSValueRef?
    {
      // What is in a Swift array only is nobody's for the garbage collector.
      unsafe arguments.forEach { unsafe JSValueProtect(context, $0) }
      defer { unsafe arguments.forEach { unsafe JSValueUnprotect(context, $0) } }
      var exception: JSValueRef?
      watchdog.begin()
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
      let isOurs = unsafe string(property("sourceURL", of: exception)) == Sandbox.file
      let number =
        unsafe !isOurs && JSValueIsNumber(context, line)
        ? Int(JSValueToNumber(context, line, nil)) : nil
      throw Exception(
        message: unsafe string(exception) ?? "an exception without a text", line: number)
    }
  }

  /// Stops a script that does not end, or that eats all memory.
  ///
  /// JavaScriptCore calls back after a time limit. It does not start the limit again by itself, so
  /// each call back does.
  @safe final class Watchdog {
    enum Reason {
      case time, memory

      func sentence(_ bounds: JavaScriptContext.Bounds) -> String {
        switch self {
        case .time: "it did not end within \(JSONNumber(bounds.seconds)?.text ?? "∞") s"
        case .memory: "it took more than \(bounds.bytes >> 20) MiB of memory"
        }
      }
    }

    private static let interval = 0.1

    let bounds: JavaScriptContext.Bounds
    /// Counts the events that were begun; a handler hangs where it stands still.
    let progress: UnsafeMutablePointer<Float64>
    private var lastCount = -1.0
    private var stalledSince = ContinuousClock.now
    private let baseline: Int
    private var group: JSContextGroupRef?
    private var termination: Reason?

    init(bounds: JavaScriptContext.Bounds) {
      self.bounds = bounds
      unsafe progress = UnsafeMutablePointer<Float64>.allocate(capacity: 2)
      unsafe progress.initialize(repeating: 0, count: 2)
      baseline = Self.residentBytes()
    }

    deinit { unsafe progress.deallocate() }

    func watch(_ group: JSContextGroupRef) {
      unsafe self.group = group
      arm()
    }

    private func arm() {
      guard let group = unsafe group else { return }
      unsafe JSContextGroupSetExecutionTimeLimit(
        group, Self.interval,
        { _, context in
          guard let context = unsafe context else { return false }
          let watchdog = unsafe Unmanaged<Watchdog>.fromOpaque(context).takeUnretainedValue()
          return watchdog.isOver()
        }, Unmanaged.passUnretained(self).toOpaque())
    }

    /// A call into the script begins.
    func begin() {
      lastCount = -1
      stalledSince = .now
      termination = nil
      arm()
    }

    private func isOver() -> Bool {
      let count = unsafe progress[1]
      if count != lastCount {
        lastCount = count
        stalledSince = .now
      }
      if (ContinuousClock.now - stalledSince) / .seconds(1) >= bounds.seconds {
        termination = .time
      } else if Self.residentBytes() - baseline > bounds.bytes {
        termination = .memory
      }
      if termination == nil { arm() }
      return termination != nil
    }

    func takeTermination() -> Reason? {
      defer { termination = nil }
      return termination
    }

    /// The memory that the process has, in bytes; 0 where that cannot be known.
    private static func residentBytes() -> Int {
      #if os(Linux)
        guard let file = unsafe fopen("/proc/self/statm", "r") else { return 0 }
        defer { unsafe fclose(file) }
        var buffer = [CChar](repeating: 0, count: 128)
        guard unsafe fgets(&buffer, 128, file) != nil else { return 0 }
        let text = String(
          decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let fields = text.split(separator: " ")
        return fields.count > 1 ? (Int(fields[1]) ?? 0) * Int(getpagesize()) : 0
      #else
        return 0
      #endif
    }
  }
#endif
