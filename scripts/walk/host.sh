# What `scripts/walk-debian.sh` does outside the bare system. Sourced.

make_base() {
	base=$1 suite=$2
	if test -e "$base/.complete"; then return; fi
	echo "== making a bare $suite"
	mkdir -p "$base"
	# README's packages, and what apt itself brings along on a machine that reaches the network.
	debootstrap --variant=minbase --include=git,make,python3-venv,ca-certificates "$suite" "$base" >"$base.log" 2>&1 ||
		{ tail -5 "$base.log"; exit 1; }
	touch "$base/.complete"
}

walk() {
	suite=$1 base=$2 folder=$3 language=$4
	root=$work/$suite.$language
	echo "== $suite, LANG=$language, umask 077, in ~/$folder"
	cp -a "$base" "$root"
	cp -a "$work/heliograph.git" "$root/srv/heliograph.git"
	cp scripts/walk/user.sh "$root/srv/walk.sh"
	chmod -R a+rX "$root/srv"
	# A network that signs for others is trusted inside as it is outside.
	bundle=${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}
	if test -f "$bundle"; then cp "$bundle" "$root/etc/ssl/certs/ca-certificates.crt"; fi
	cp /etc/resolv.conf /etc/hosts "$root/etc/"
	chroot "$root" useradd --create-home --shell /bin/sh walker
	chroot "$root" chown -R walker /srv/heliograph.git
	mount -t proc proc "$root/proc"
	certificates=/etc/ssl/certs/ca-certificates.crt
	status=0
	chroot "$root" su - walker -c "umask 077
		export LANG='$language' SSL_CERT_FILE=$certificates PIP_CERT=$certificates NODE_EXTRA_CA_CERTS=$certificates
		sh /srv/walk.sh '$folder'" || status=$?
	umount "$root/proc"
	rm -rf "$root"
	test "$status" = 0 || { echo "== FAILED: $suite, LANG=$language"; exit 1; }
}

clean_up() {
	for each in "$1"/*/proc; do umount "$each" 2>/dev/null || true; done
	rm -rf "$1"
}
