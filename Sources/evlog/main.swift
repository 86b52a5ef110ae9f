import EvlogTool

await EvlogTool.main()
