// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "box-office",
  platforms: [.macOS(.v26)],
  dependencies: [
    .package(name: "evlog", path: "../..", traits: ["JavaScript"]),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
  ],
  targets: [
    .target(
      name: "BoxOffice",
      dependencies: [
        .product(name: "Evlog", package: "evlog"),
        .product(name: "GRDB", package: "GRDB.swift"),
      ]),
    .executableTarget(
      name: "box-office",
      dependencies: [
        "BoxOffice",
        .product(name: "Evlog", package: "evlog"),
        .product(name: "EvlogTool", package: "evlog"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "SystemPackage", package: "swift-system"),
      ]),
    .testTarget(
      name: "BoxOfficeTests",
      dependencies: [
        "BoxOffice", "box-office",
        .product(name: "Evlog", package: "evlog"),
        .product(name: "EvlogTesting", package: "evlog"),
        .product(name: "EvlogErasure", package: "evlog"),
        .product(name: "EvlogService", package: "evlog"),
        .product(name: "EvlogComponents", package: "evlog"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "SystemPackage", package: "swift-system"),
      ]),
    // A host of one's own, and a tool with a verb of its own.
    .target(name: "Rules", dependencies: [.product(name: "Evlog", package: "evlog")]),
    .executableTarget(
      name: "seats",
      dependencies: [
        "Rules",
        .product(name: "Evlog", package: "evlog"),
        .product(name: "EvlogTool", package: "evlog"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    .testTarget(
      name: "SeatsTests",
      dependencies: [
        "seats"
      ]),
  ]
)
