#if JavaScript
  extension Sandbox {
    /// What the engine does by itself, where no watchdog looks.
    static let bounding = #"""
        // --- Calls of the engine --------------------------------------------------------------
        // The engine gives up on a regular expression after a million repetitions of its groups, and says
        // that nothing matches. Whether it did is seen by asking again with an alternative that always
        // matches: where even that is not found, it gave up. Then the answer is an error, which a `catch`
        // does not make undone.
        const applyTo = Reflect.apply, nativeExec = RegExp.prototype.exec, NativeRegExp = RegExp;
        const sourceOf = descriptorOf(RegExp.prototype, "source").get;
        const flagsOf = descriptorOf(RegExp.prototype, "flags").get;
        const repeatsGroups = (source) =>
          source.includes(")*") || source.includes(")+") || source.includes("){");
        let broken = null, isGuarded = false;
        const settle = (where) => {
          if (broken === null) return;
          const cause = broken;
          broken = null;
          throw new Failure("threw", where, cause);
        };
        // By source and flags: what asks again; null where groups are not repeated.
        let probes = new Map();
        function probeOf(expression) {
          const source = applyTo(sourceOf, expression, []);
          if (!repeatsGroups(source)) return null;
          const flags = applyTo(flagsOf, expression, []), name = `${flags}/${source}`;
          let probe = probes.get(name);
          if (probe === undefined) {
            if (probes.size >= 1000) probes = new Map();
            const always = flags.includes("y") ? "" : "(?![^])";
            probes.set(name, probe = new NativeRegExp(`(?:${source})|${always}`, flags));
          }
          return probe;
        }
        // From here on every expression is asked; that takes some time, so it is done where one repeats groups.
        function guardExpressions() {
          if (isGuarded) return;
          isGuarded = true;
          const { exec } = {
            exec(given) {
              const text = `${given}`, start = this.lastIndex;
              const found = applyTo(nativeExec, this, [text]);
              if (found !== null) return found;
              const probe = probeOf(this);
              if (probe === null) return null;
              probe.lastIndex = start;
              if (!(start <= text.length) || applyTo(nativeExec, probe, [text]) !== null) return null;
              throw broken = new RangeError(`the regular expression ${this} cannot be answered for this text`
                + ` of ${text.length} characters: it takes too many repetitions`);
            },
          };
          RegExp.prototype.exec = exec;
        }
        const watchExpression = (source) => { if (repeatsGroups(source)) guardExpressions(); };
        const made = (expression) => {
          watchExpression(applyTo(sourceOf, expression, []));
          return expression;
        };
        global.RegExp = new Proxy(NativeRegExp, {
          apply: (target, self, given) => made(applyTo(target, self, given)),
          construct: (target, given, newTarget) => made(Reflect.construct(target, given, newTarget)),
        });
        for (const name of ["constructor", "compile"]) delete RegExp.prototype[name];
        // What these hold is of the last match, which may have been that of another event.
        for (const name of ["input", "$_", "multiline", "$*", "lastMatch", "$&", "lastParen", "$+",
          "leftContext", "$`", "rightContext", "$'", "$1", "$2", "$3", "$4", "$5", "$6", "$7", "$8", "$9"])
          delete NativeRegExp[name];
        // These make expressions of texts.
        for (const name of ["match", "matchAll", "search"]) {
          const native = String.prototype[name];
          String.prototype[name] = {
            [name](pattern) {
              if (typeof pattern === "string") watchExpression(pattern);
              else if (pattern !== undefined && pattern !== null && !(pattern instanceof NativeRegExp)) {
                pattern = `${pattern}`;
                watchExpression(pattern);
              }
              return applyTo(native, this, [pattern]);
            },
          }[name];
        }

        // One buffer takes no more than a machine may; what many take is counted by the watchdog.
        const typed = prototypeOf(Int8Array), bytesFrom = Uint8Array.from.bind(Uint8Array);
        const isView = ArrayBuffer.isView, copyOfView = typed.prototype.slice;
        for (const name of ["ArrayBuffer", ...Object.getOwnPropertyNames(global).filter(name =>
          typeof global[name] === "function" && prototypeOf(global[name]) === typed)]) {
          const native = global[name], size = native.BYTES_PER_ELEMENT ?? 1;
          const bounded = new Proxy(native, {
            construct(target, given, newTarget) {
              const [count, options] = given;
              const most = Math.max(typeof count === "number" ? count * size : 0,
                typeof options?.maxByteLength === "number" ? options.maxByteLength : 0);
              if (most > byteLimit)
                throw broken = new RangeError(`an array of ${most} bytes is more than a machine may take`);
              return Reflect.construct(target, given, newTarget === bounded ? target : newTarget);
            },
          });
          native.prototype.constructor = global[name] = bounded;
        }
        for (const name of ["transfer", "transferToFixedLength"]) delete ArrayBuffer.prototype[name];
      """#
  }
#endif
