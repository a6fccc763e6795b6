;; Dot products of one query with rows, four rows at a time. `dotRows` in dot-rows.ts is the same in plain
;; TypeScript, operation by operation. There is no fused and no relaxed operation: the same bits on every
;; machine. A row is `bytes` long, a multiple of 16.
(module
  (memory (export "memory") 0)

  ;; Writes `count` scores, and up to three more: the memory after the last row and score is spare.
  (func (export "dotRows")
    (param $query i32) (param $row i32) (param $bytes i32) (param $count i32) (param $score i32)
    (local $row1 i32) (local $row2 i32) (local $row3 i32) (local $at i32) (local $end i32)
    (local $q v128) (local $a v128) (local $b v128) (local $c v128) (local $d v128)
    (local $ab v128) (local $cd v128)
    (local.set $end (i32.add (local.get $score) (i32.shl (local.get $count) (i32.const 2))))
    (block $done (loop $rows
      (br_if $done (i32.ge_u (local.get $score) (local.get $end)))
      (local.set $row1 (i32.add (local.get $row) (local.get $bytes)))
      (local.set $row2 (i32.add (local.get $row1) (local.get $bytes)))
      (local.set $row3 (i32.add (local.get $row2) (local.get $bytes)))
      (local.set $a (v128.const f32x4 0 0 0 0))
      (local.set $b (v128.const f32x4 0 0 0 0))
      (local.set $c (v128.const f32x4 0 0 0 0))
      (local.set $d (v128.const f32x4 0 0 0 0))
      (local.set $at (i32.const 0))
      (loop $columns
        (local.set $q (v128.load (i32.add (local.get $query) (local.get $at))))
        (local.set $a (f32x4.add (local.get $a)
          (f32x4.mul (local.get $q) (v128.load (i32.add (local.get $row) (local.get $at))))))
        (local.set $b (f32x4.add (local.get $b)
          (f32x4.mul (local.get $q) (v128.load (i32.add (local.get $row1) (local.get $at))))))
        (local.set $c (f32x4.add (local.get $c)
          (f32x4.mul (local.get $q) (v128.load (i32.add (local.get $row2) (local.get $at))))))
        (local.set $d (f32x4.add (local.get $d)
          (f32x4.mul (local.get $q) (v128.load (i32.add (local.get $row3) (local.get $at))))))
        (local.set $at (i32.add (local.get $at) (i32.const 16)))
        (br_if $columns (i32.lt_u (local.get $at) (local.get $bytes))))
      ;; (a0 + a2, a1 + a3, b0 + b2, b1 + b3), and the same of c and d.
      (local.set $ab (f32x4.add
        (i8x16.shuffle 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23 (local.get $a) (local.get $b))
        (i8x16.shuffle 8 9 10 11 12 13 14 15 24 25 26 27 28 29 30 31 (local.get $a) (local.get $b))))
      (local.set $cd (f32x4.add
        (i8x16.shuffle 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23 (local.get $c) (local.get $d))
        (i8x16.shuffle 8 9 10 11 12 13 14 15 24 25 26 27 28 29 30 31 (local.get $c) (local.get $d))))
      (v128.store (local.get $score) (f32x4.add
        (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get $ab) (local.get $cd))
        (i8x16.shuffle 4 5 6 7 12 13 14 15 20 21 22 23 28 29 30 31 (local.get $ab) (local.get $cd))))
      (local.set $score (i32.add (local.get $score) (i32.const 16)))
      (local.set $row (i32.add (local.get $row3) (local.get $bytes)))
      (br $rows)))))
