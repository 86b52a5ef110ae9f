#if JavaScript
  /// The values of a batch, as the JSON text of an array.
  struct BatchValues: ~Copyable {
    private(set) var text = UTF16Text()
    /// How many values there are.
    private(set) var count = 0

    mutating func removeAll() {
      count = 0
      text.removeAll()
      text.append(UInt8(ascii: "["))
    }

    private mutating func next() {
      if count > 0 { text.append(UInt8(ascii: ",")) }
      count &+= 1
    }

    /// Appends what is known to be a JSON value.
    mutating func append(_ json: Span<UInt8>) {
      next()
      text.append(utf8: json)
    }

    mutating func append(_ json: String) { append(json.utf8Span.span) }

    /// Appends what is known to be UTF-8, as a JSON string.
    mutating func append(quoting bytes: Span<UInt8>) {
      next()
      text.append(quoting: bytes)
    }

    /// Appends three more arrays: two as texts, and the third by its elements.
    mutating func finish(
      _ names: borrowing UTF16Text, _ words: borrowing UTF16Text, _ rest: [UInt8]
    ) {
      next()
      text.append(names)
      next()
      text.append(words)
      next()
      text.append("[")
      text.append(utf8: rest.span)
      text.append("]]")
    }
  }
#endif
