;; Finds the words of a piece of text and their numbers in a table, for words of up to 16 characters of Latin-1.
;; It leaves any other to its caller: `findWords` and `TermTable` are the same in plain TypeScript. A word of
;; Latin-1 is one register, compared at once. word-reader.ts has the layout of the memory.
(module
  (import "layout" "memory" (memory 1))
  (import "layout" "state" (global $state i32)) ;; two u32: where it stopped; how many words the table has
  (import "layout" "kinds" (global $kinds i32)) ;; a byte for each unit, as follows
  ;; 0: between words; 1: between letters; 2: between digits; 3: between either;
  ;; 4: a letter; 5: a digit; 6: a connector of both; 7: not known
  (import "layout" "units" (global $units i32)) ;; u16: the text
  (import "layout" "bytes" (global $bytes i32)) ;; the text in bytes
  (import "layout" "found" (global $found i32)) ;; u16 numbers: the result
  (import "layout" "slots" (global $slots i32)) ;; u32: a tag in the high half, a number in the low one; 0: free
  (import "layout" "mask" (global $mask i32)) ;; slots less 1
  (import "layout" "probes" (global $probes i32))
  (import "layout" "words" (global $words i32)) ;; 16 bytes for each number, zeros behind a word
  (import "layout" "capacity" (global $capacity i32))

  ;; Eight units from `at` on. Dashes and quotation marks (U+2010 to 2017, 201A to 2023) become 0, which is
  ;; between words as they are. Units above 255 become 255, whose kind is not known.
  (func $known (param $at i32) (result v128)
    (local $eight v128)
    (local.set $eight (v128.load (local.get $at)))
    (i16x8.min_u (i16x8.splat (i32.const 255)) (v128.andnot (local.get $eight) (v128.or
      (i16x8.lt_u (i16x8.sub (local.get $eight) (i16x8.splat (i32.const 0x2010)))
        (i16x8.splat (i32.const 8)))
      (i16x8.lt_u (i16x8.sub (local.get $eight) (i16x8.splat (i32.const 0x201a)))
        (i16x8.splat (i32.const 10)))))))

  ;; Makes bytes of the first `length` units.
  (func (export "narrow") (param $length i32)
    (local $at i32) (local $from i32)
    (loop $registers
      (local.set $from (i32.add (global.get $units) (i32.shl (local.get $at) (i32.const 1))))
      (v128.store (i32.add (global.get $bytes) (local.get $at))
        (i8x16.narrow_i16x8_u (call $known (local.get $from))
          (call $known (i32.add (local.get $from) (i32.const 16)))))
      (local.set $at (i32.add (local.get $at) (i32.const 16)))
      (br_if $registers (i32.lt_u (local.get $at) (local.get $length)))))

  ;; The end of the word that reaches to `end` and whose last kind is `tail`; 0: not all of it is known, or it
  ;; ends after `last`.
  (func $endOfWord (param $end i32) (param $tail i32) (param $last i32) (result i32)
    (local $kind i32) (local $next i32)
    (loop $characters
      (if (i32.gt_u (local.get $end) (local.get $last)) (then (return (i32.const 0))))
      (local.set $kind (i32.load8_u (i32.add (global.get $kinds) (i32.load8_u (local.get $end)))))
      (if (i32.eqz (local.get $kind)) (then (return (local.get $end))))
      (if (i32.eq (local.get $kind) (i32.const 7)) (then (return (i32.const 0))))
      (if (i32.ge_u (local.get $kind) (i32.const 4))
        (then
          (local.set $tail (local.get $kind))
          (local.set $end (i32.add (local.get $end) (i32.const 1))))
        (else
          (local.set $next (i32.load8_u
            (i32.add (global.get $kinds) (i32.load8_u offset=1 (local.get $end)))))
          (if (i32.eq (local.get $next) (i32.const 7)) (then (return (i32.const 0))))
          ;; It joins two letters, or two digits, unless it stands only between the others.
          (if (i32.or
              (i32.or (i32.ne (local.get $next) (local.get $tail))
                (i32.eq (local.get $tail) (i32.const 6)))
              ;; Kinds 4 and 2, or 5 and 1.
              (i32.eq (i32.add (local.get $kind) (local.get $tail)) (i32.const 6)))
            (then (return (local.get $end))))
          (local.set $end (i32.add (local.get $end) (i32.const 2)))))
      (br $characters))
    (unreachable))

  ;; The number of a word; 0: there is no room for it.
  (func $numberOf (param $word v128) (result i32)
    (local $hash i64) (local $tag i32) (local $at i32) (local $place i32) (local $slot i32)
    (local $number i32) (local $left i32)
    (local.set $hash (i64.add
      (i64.mul (i64x2.extract_lane 0 (local.get $word)) (i64.const 0x9e3779b97f4a7c15))
      (i64.mul (i64x2.extract_lane 1 (local.get $word)) (i64.const 0xc2b2ae3d27d4eb4f))))
    (local.set $hash (i64.mul
      (i64.xor (local.get $hash) (i64.shr_u (local.get $hash) (i64.const 32)))
      (i64.const 0x165667b19e3779f9)))
    (local.set $tag
      (i32.shl (i32.wrap_i64 (i64.shr_u (local.get $hash) (i64.const 24))) (i32.const 16)))
    (local.set $at (i32.wrap_i64 (i64.shr_u (local.get $hash) (i64.const 40))))
    (local.set $left (global.get $probes))
    (loop $probing
      (local.set $place (i32.add (global.get $slots)
        (i32.shl (i32.and (local.get $at) (global.get $mask)) (i32.const 2))))
      (local.set $slot (i32.load (local.get $place)))
      (if (i32.eqz (local.get $slot))
        (then
          (local.set $number (i32.load offset=4 (global.get $state)))
          (if (i32.eq (local.get $number) (global.get $capacity)) (then (return (i32.const 0))))
          (i32.store offset=4 (global.get $state) (i32.add (local.get $number) (i32.const 1)))
          (i32.store (local.get $place) (i32.or (local.get $tag) (local.get $number)))
          (v128.store
            (i32.add (global.get $words) (i32.shl (local.get $number) (i32.const 4)))
            (local.get $word))
          (return (local.get $number))))
      (local.set $number (i32.and (local.get $slot) (i32.const 0xffff)))
      (if (i32.eq (local.get $slot) (i32.or (local.get $tag) (local.get $number)))
        (then (if (i8x16.all_true (i8x16.eq (local.get $word) (v128.load
          (i32.add (global.get $words) (i32.shl (local.get $number) (i32.const 4))))))
          (then (return (local.get $number))))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (local.set $left (i32.sub (local.get $left) (i32.const 1)))
      (br_if $probing (local.get $left)))
    (i32.const 0))

  ;; Reads the bytes from `at` to `to`, where a byte stands whose kind is 0 or 7. It stops before a word that it
  ;; leaves to its caller. Returns how many numbers it wrote. `capitals`: 32 makes small letters of A to Z, 0 none.
  (func (export "read") (param $at i32) (param $to i32) (param $capitals i32) (result i32)
    (local $written i32) (local $end i32) (local $kind i32) (local $length i32) (local $number i32)
    (local $word v128)
    (local.set $written (global.get $found))
    (block $stop
      (loop $words
        (loop $between
          (br_if $stop (i32.ge_u (local.get $at) (local.get $to)))
          (local.set $kind
            (i32.load8_u (i32.add (global.get $kinds) (i32.load8_u (local.get $at)))))
          (if (i32.lt_u (local.get $kind) (i32.const 4))
            (then
              (local.set $at (i32.add (local.get $at) (i32.const 1)))
              (br $between))))
        ;; Connectors are a word only together with a letter or a digit.
        (br_if $stop (i32.ge_u (local.get $kind) (i32.const 6)))
        (local.set $word (v128.load (local.get $at)))
        ;; Letters from a to z and A to Z.
        (local.set $length (i32.ctz (i32.xor (i32.const -1) (i8x16.bitmask (i8x16.lt_u
          (i8x16.sub (v128.or (local.get $word) (i8x16.splat (i32.const 32)))
            (i8x16.splat (i32.const 97)))
          (i8x16.splat (i32.const 26)))))))
        (local.set $end (i32.add (local.get $at) (local.get $length)))
        (if (i32.or (i32.eqz (local.get $length))
            (i32.load8_u (i32.add (global.get $kinds) (i32.load8_u (local.get $end)))))
          (then
            ;; `kind` is that of the first character, and of the last one so far.
            (local.set $end (call $endOfWord
              (i32.add (local.get $end) (i32.eqz (local.get $length)))
              (local.get $kind)
              (i32.add (local.get $at) (i32.const 16))))
            (br_if $stop (i32.eqz (local.get $end)))
            (local.set $length (i32.sub (local.get $end) (local.get $at)))))
        (local.set $word (v128.and (local.get $word) (i8x16.lt_u
          (v128.const i8x16 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15)
          (i8x16.splat (local.get $length)))))
        (local.set $word (v128.or (local.get $word) (v128.and
          (i8x16.splat (local.get $capitals))
          (i8x16.lt_u (i8x16.sub (local.get $word) (i8x16.splat (i32.const 65)))
            (i8x16.splat (i32.const 26))))))
        (local.set $number (call $numberOf (local.get $word)))
        (br_if $stop (i32.eqz (local.get $number)))
        (i32.store16 (local.get $written) (local.get $number))
        (local.set $written (i32.add (local.get $written) (i32.const 2)))
        (local.set $at (local.get $end))
        (br $words)))
    (i32.store (global.get $state) (local.get $at))
    (i32.shr_u (i32.sub (local.get $written) (global.get $found)) (i32.const 1))))
