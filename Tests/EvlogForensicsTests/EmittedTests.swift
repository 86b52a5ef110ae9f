#if JavaScript
  import Foundation
  import SystemPackage
  import Testing

  let shopMachine = FilePath(#filePath).removingLastComponent().appending(
    "../../Fixtures/shop/shop.js")

  /// The test that `evlog minimise` wrote of the shop is in `Emitted.swift`, as it was written but for
  /// the machine's path. `StoryTests` sees to that.
  @Suite struct EmittedTests {
    @Test func itShowsTheViolation() async throws {
      await withKnownIssue { try await theInvariantHolds() }
    }
  }
#endif
