// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "services",
  platforms: [.macOS(.v26)],
  dependencies: [
    .package(name: "evlog", path: "../..", traits: []),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
  ],
  targets: [
    .target(
      name: "Shop",
      dependencies: [
        .product(name: "Evlog", package: "evlog"),
        .product(name: "SystemPackage", package: "swift-system"),
      ]),
    .executableTarget(
      name: "services",
      dependencies: [
        "Shop",
        .product(name: "Evlog", package: "evlog"),
        .product(name: "EvlogTool", package: "evlog"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "SystemPackage", package: "swift-system"),
      ]),
    .testTarget(
      name: "ShopTests",
      dependencies: [
        "Shop", "services",
        .product(name: "Evlog", package: "evlog"),
        .product(name: "SystemPackage", package: "swift-system"),
      ]),
  ]
)
