// Verifies what interop_writer printed with code that is not ours: golang.org/x/mod's
// sumdb/note and sumdb/tlog, as Go's checksum database uses them. Reads JSON lines from
// standard input, in the order of the tree's growth; says what it verified, or what it could
// not on standard error and exits 1.
//
// Every proof is verified as it came, and then once more with each thing that makes it
// altered, when it must be refused: a verifier that says yes to everything proves nothing.
package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// One line of input: exactly one of these is set.
type line struct {
	// The verifier key of the notes that follow, as `comity key show LIST` prints it.
	VerifierKey string `json:"verifierKey"`
	// The data of the next leaf.
	Leaf *string `json:"leaf"`
	// A note, as `comity proof checkpoint LIST` prints it, and how many lines beside the
	// authority's own it carries.
	Note         string `json:"note"`
	Cosignatures int    `json:"cosignatures"`
	// As `comity proof inclusion LIST INDEX -o json` prints it.
	Inclusion *inclusion `json:"inclusion"`
	// As `comity proof consistency LIST OLD NEW -o json` prints it.
	Consistency *consistency `json:"consistency"`
	// How many notes, inclusion and consistency proofs there were: the last line.
	End *counts `json:"end"`
}

// encoding/json reads []byte from base64, which is how these JSON answers give hashes.
type inclusion struct {
	Index    int64    `json:"index"`
	Size     int64    `json:"size"`
	LeafHash []byte   `json:"leafHash"`
	Hashes   [][]byte `json:"hashes"`
	Root     []byte   `json:"root"`
	// The note that the proof rests on.
	Checkpoint string `json:"checkpoint"`
}

type consistency struct {
	OldSize int64    `json:"oldSize"`
	NewSize int64    `json:"newSize"`
	OldRoot []byte   `json:"oldRoot"`
	NewRoot []byte   `json:"newRoot"`
	Hashes  [][]byte `json:"hashes"`
}

type counts struct {
	Notes       int `json:"notes"`
	Inclusion   int `json:"inclusion"`
	Consistency int `json:"consistency"`
}

// What was seen so far. The roots are worked out here, from the leaves' data alone.
type verifier struct {
	known  note.Verifier
	stored []tlog.Hash
	leaves []tlog.Hash
	roots  map[int64]tlog.Hash
	seen   counts
}

func (v *verifier) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		if index >= int64(len(v.stored)) {
			return nil, fmt.Errorf("no hash %d", index)
		}
		hashes[i] = v.stored[index]
	}
	return hashes, nil
}

func (v *verifier) addLeaf(data string) error {
	raw, err := base64.StdEncoding.DecodeString(data)
	if err != nil {
		return err
	}
	n := int64(len(v.leaves))
	added, err := tlog.StoredHashes(n, raw, v)
	if err != nil {
		return err
	}
	v.stored = append(v.stored, added...)
	v.leaves = append(v.leaves, tlog.RecordHash(raw))
	v.roots[n+1], err = tlog.TreeHash(n+1, v)
	return err
}

// openNote gives the size and root that a note signs.
func (v *verifier) openNote(text string) (size int64, root tlog.Hash, extra int, err error) {
	opened, err := note.Open([]byte(text), note.VerifierList(v.known))
	if err != nil {
		return 0, root, 0, err
	}
	lines := strings.Split(opened.Text, "\n")
	// Three lines and what follows the last line feed.
	if len(lines) != 4 || lines[0] != v.known.Name() {
		return 0, root, 0, fmt.Errorf("not a checkpoint of %s", v.known.Name())
	}
	if size, err = strconv.ParseInt(lines[1], 10, 64); err != nil {
		return 0, root, 0, err
	}
	root, err = tlog.ParseHash(lines[2])
	return size, root, len(opened.UnverifiedSigs), err
}

func (v *verifier) checkNote(l line) error {
	size, root, extra, err := v.openNote(l.Note)
	if err != nil {
		return err
	}
	if root != v.roots[size] {
		return fmt.Errorf("the note of size %d has another root than its leaves make", size)
	}
	if extra != l.Cosignatures {
		return fmt.Errorf("the note of size %d has %d further signatures, not %d", size, extra, l.Cosignatures)
	}
	// One bit anywhere in what is signed, or in the authority's signature, must matter. The
	// signature is altered as bytes: base64 itself has bits that Go's decoder passes over.
	refused := func(what string, at int, altered string) error {
		if _, _, _, err := v.openNote(altered); err == nil {
			return fmt.Errorf("the note of size %d opens with byte %d of its %s altered", size, at, what)
		}
		return nil
	}
	flipAt := func(text string, at int) string {
		altered := []byte(text)
		altered[at] ^= 1
		return string(altered)
	}
	end := strings.Index(l.Note, "\n\n") + 1
	for at := 0; at < end; at++ {
		if err := refused("text", at, flipAt(l.Note, at)); err != nil {
			return err
		}
	}
	first := strings.Index(l.Note[end+1:], "\n") + end + 1
	start := strings.LastIndex(l.Note[:first], " ") + 1
	signature, err := base64.StdEncoding.DecodeString(l.Note[start:first])
	if err != nil {
		return err
	}
	for at := range signature {
		altered := base64.StdEncoding.EncodeToString([]byte(flipAt(string(signature), at)))
		if err := refused("signature", at, l.Note[:start]+altered+l.Note[first:]); err != nil {
			return err
		}
	}
	return nil
}

// toHashes is what hashes become for tlog.
func toHashes(raw [][]byte) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(raw))
	for i, one := range raw {
		if len(one) != tlog.HashSize {
			return nil, fmt.Errorf("a hash of %d bytes", len(one))
		}
		copy(hashes[i][:], one)
	}
	return hashes, nil
}

func flipped(h tlog.Hash) tlog.Hash {
	h[5] ^= 4
	return h
}

func (v *verifier) checkInclusion(p *inclusion) error {
	hashes, err := toHashes(append([][]byte{p.LeafHash, p.Root}, p.Hashes...))
	if err != nil {
		return err
	}
	leaf, root, proof := hashes[0], hashes[1], tlog.RecordProof(hashes[2:])
	if p.Index >= int64(len(v.leaves)) || leaf != v.leaves[p.Index] {
		return fmt.Errorf("leafHash is not the hash of leaf %d", p.Index)
	}
	if root != v.roots[p.Size] {
		return fmt.Errorf("root is not that of size %d", p.Size)
	}
	if err := tlog.CheckRecord(proof, p.Size, root, p.Index, leaf); err != nil {
		return err
	}
	if p.Checkpoint != "" {
		size, signed, _, err := v.openNote(p.Checkpoint)
		if err != nil {
			return err
		}
		if size != p.Size || signed != root {
			return fmt.Errorf("the proof and its checkpoint are of different trees")
		}
	}
	refused := func(what string, proof tlog.RecordProof, root tlog.Hash, index int64, leaf tlog.Hash) error {
		if tlog.CheckRecord(proof, p.Size, root, index, leaf) == nil {
			return fmt.Errorf("leaf %d of %d verifies with %s altered", p.Index, p.Size, what)
		}
		return nil
	}
	if err := refused("its leaf hash", proof, root, p.Index, flipped(leaf)); err != nil {
		return err
	}
	if err := refused("its root", proof, flipped(root), p.Index, leaf); err != nil {
		return err
	}
	if p.Size > 1 {
		other := (p.Index + 1) % p.Size
		if err := refused("its index", proof, root, other, leaf); err != nil {
			return err
		}
	}
	if err := refused("one hash more", append(proof[:len(proof):len(proof)], leaf), root, p.Index, leaf); err != nil {
		return err
	}
	for i := range proof {
		altered := append(tlog.RecordProof{}, proof...)
		altered[i] = flipped(altered[i])
		if err := refused("one of its hashes", altered, root, p.Index, leaf); err != nil {
			return err
		}
	}
	return nil
}

func (v *verifier) checkConsistency(p *consistency) error {
	hashes, err := toHashes(append([][]byte{p.OldRoot, p.NewRoot}, p.Hashes...))
	if err != nil {
		return err
	}
	before, after, proof := hashes[0], hashes[1], tlog.TreeProof(hashes[2:])
	if before != v.roots[p.OldSize] || after != v.roots[p.NewSize] {
		return fmt.Errorf("the roots are not those of sizes %d and %d", p.OldSize, p.NewSize)
	}
	if err := tlog.CheckTree(proof, p.NewSize, after, p.OldSize, before); err != nil {
		return err
	}
	refused := func(what string, proof tlog.TreeProof, before, after tlog.Hash) error {
		if tlog.CheckTree(proof, p.NewSize, after, p.OldSize, before) == nil {
			return fmt.Errorf("%d to %d verifies with %s altered", p.OldSize, p.NewSize, what)
		}
		return nil
	}
	if err := refused("its old root", proof, flipped(before), after); err != nil {
		return err
	}
	if err := refused("its new root", proof, before, flipped(after)); err != nil {
		return err
	}
	for i := range proof {
		altered := append(tlog.TreeProof{}, proof...)
		altered[i] = flipped(altered[i])
		if err := refused("one of its hashes", altered, before, after); err != nil {
			return err
		}
	}
	return nil
}

func (v *verifier) take(l line) (err error) {
	switch {
	case l.VerifierKey != "":
		v.known, err = note.NewVerifier(l.VerifierKey)
	case v.known == nil:
		err = fmt.Errorf("the first line must be the verifier key")
	case l.Leaf != nil:
		err = v.addLeaf(*l.Leaf)
	case l.Note != "":
		v.seen.Notes++
		err = v.checkNote(l)
	case l.Inclusion != nil:
		v.seen.Inclusion++
		err = v.checkInclusion(l.Inclusion)
	case l.Consistency != nil:
		v.seen.Consistency++
		err = v.checkConsistency(l.Consistency)
	default:
		err = fmt.Errorf("a line of no known kind")
	}
	return err
}

func main() {
	fail := func(number int, err error) {
		fmt.Fprintf(os.Stderr, "interop: line %d: %v\n", number, err)
		os.Exit(1)
	}
	v := &verifier{roots: map[int64]tlog.Hash{}}
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(make([]byte, 1<<20), 1<<24)
	number := 0
	for in.Scan() {
		number++
		var l line
		decoder := json.NewDecoder(bytes.NewReader(in.Bytes()))
		if err := decoder.Decode(&l); err != nil {
			fail(number, err)
		}
		if l.End != nil {
			if *l.End != v.seen || v.seen.Notes == 0 {
				fail(number, fmt.Errorf("%+v were written, %+v were seen", *l.End, v.seen))
			}
			fmt.Printf("verified %d notes, %d inclusion and %d consistency proofs of %d leaves\n",
				v.seen.Notes, v.seen.Inclusion, v.seen.Consistency, len(v.leaves))
			return
		}
		if err := v.take(l); err != nil {
			fail(number, err)
		}
	}
	fail(number, fmt.Errorf("the input ends early: %v", in.Err()))
}
