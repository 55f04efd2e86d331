"""P.1812-8 written once more: plain, slow, no arrays, no shortcuts, point after point.

It shares no line with the package. Equation numbers are those of Annex 1 to the Recommendation;
symbols are its own. A reference for tests only.
"""

import math

LIGHT = 0.2998
EARTH_KM = 6371.0
AB_KM = 3.0 * EARTH_KM


def inverse_normal(x):
    """Attachment 2."""

    def t_of(y):
        return math.sqrt(-2.0 * math.log(y))

    def c_of(y):
        t = t_of(y)
        top = (0.010328 * t + 0.802853) * t + 2.515516698
        return top / (((0.001308 * t + 0.189269) * t + 1.432788) * t + 1.0)

    x = min(max(x, 1e-6), 1.0 - 1e-6)
    if x <= 0.5:
        return t_of(x) - c_of(x)
    return -(t_of(1.0 - x) - c_of(1.0 - x))


def knife_edge(nu):
    if nu <= -0.78:
        return 0.0
    return 6.9 + 20.0 * math.log10(math.sqrt((nu - 0.1) ** 2 + 1.0) + nu - 0.1)  # (12)


def bullington_u(d, y, ht, hr, a):
    """Section 4.3.1, nu times the root of the wavelength; the full loop over the points."""
    n, D, k = len(d) - 1, d[-1], 500.0 / a
    inner = range(1, n)
    stim = max((y[i] + k * d[i] * (D - d[i]) - ht) / d[i] for i in inner)  # (13)
    if stim < (hr - ht) / D:  # (14)
        return max(
            (y[i] + k * d[i] * (D - d[i]) - (ht * (D - d[i]) + hr * d[i]) / D)
            * math.sqrt(0.002 * D / (d[i] * (D - d[i])))
            for i in inner
        )  # (15)
    srim = max((y[i] + k * d[i] * (D - d[i]) - hr) / (D - d[i]) for i in inner)  # (17)
    dbp = (hr - ht + srim * D) / (stim + srim)  # (18)
    above = ht + stim * dbp - (ht * (D - dbp) + hr * dbp) / D
    return above * math.sqrt(0.002 * D / (dbp * (D - dbp)))  # (20)


def bullington_loss(u, f, D):
    luc = knife_edge(u / math.sqrt(LIGHT / f))
    return luc + (1.0 - math.exp(-luc / 6.0)) * (10.0 + 0.02 * D)  # (21)


def runs(d, zone, wanted):
    """Lengths of the runs of consecutive points whose zone is wanted, section 3.6."""
    n, lengths, i = len(d) - 1, [], 0
    while i <= n:
        if zone[i] not in wanted:
            i += 1
            continue
        s = i
        while i < n and zone[i + 1] in wanted:
            i += 1
        e = i
        length = d[e] - d[s]
        if e < n:
            length += (d[e + 1] - d[e]) / 2.0
        if s > 0:
            length += (d[s] - d[s - 1]) / 2.0
        lengths.append(length)
        i += 1
    return lengths


def analyse(d, h, clutter, zone, htg, hrg, ae):
    """Attachment 1, and what section 3.6 asks of the zones."""
    n, D = len(d) - 1, d[-1]
    inner = range(1, n)
    g = [h[0], *(h[i] + clutter[i] for i in inner), h[n]]  # (1c)
    hts, hrs = h[0] + htg, h[n] + hrg
    out = {"D": D, "hts": hts, "hrs": hrs, "R_n": clutter[n], "hrg": hrg}
    out["omega"] = sum(runs(d, zone, (1,))) / D  # (1)
    out["dtm"] = max(runs(d, zone, (3, 4)), default=0.0)
    out["dlm"] = max(runs(d, zone, (4,)), default=0.0)
    sea = [i for i in range(n + 1) if zone[i] == 1]
    out["dct"] = out["dcr"] = 500.0
    if sea:
        first, last = sea[0], sea[-1]
        out["dct"] = 0.0 if first == 0 else (d[first - 1] + d[first]) / 2.0
        out["dcr"] = 0.0 if last == n else D - (d[last] + d[last + 1]) / 2.0

    slopes = {i: (h[i] - hts) / (1000.0 * d[i]) - d[i] / (2.0 * ae) for i in inner}  # (77)
    direct = (hrs - hts) / (1000.0 * D) - D / (2.0 * ae)  # (78)
    steepest = max(slopes.values())  # (76)
    out["margin"] = steepest - direct
    out["theta_t"] = 1000.0 * math.atan(max(steepest, direct))  # (79)
    if steepest > direct:
        back = {i: (h[i] - hrs) / (1000.0 * (D - d[i])) - (D - d[i]) / (2.0 * ae) for i in inner}
        lt = next(i for i in inner if slopes[i] == steepest)  # (80)
        lr = next(i for i in reversed(inner) if back[i] == max(back.values()))  # (83)
        out["theta_r"] = 1000.0 * math.atan(max(back.values()))  # (82)
        near, far = slopes, back
    else:
        out["theta_r"] = 1000.0 * math.atan((hts - hrs) / (1000.0 * D) - D / (2.0 * ae))  # (81)
        near = far = {
            i: (h[i] + 500.0 / ae * d[i] * (D - d[i]) - (hts * (D - d[i]) + hrs * d[i]) / D)
            * math.sqrt(0.002 * D / (d[i] * (D - d[i])))
            for i in inner
        }
        lt = lr = next(i for i in reversed(inner) if near[i] == max(near.values()))
    out["lt"], out["lr"] = lt, lr
    #: Points that rounding may take instead: the horizon of a tie is not unique.
    out["near"], out["far"] = near, far
    out["dlt"], out["dlr"] = d[lt], D - d[lr]

    v1 = sum((d[i] - d[i - 1]) * (h[i] + h[i - 1]) for i in range(1, n + 1))  # (85)
    v2 = sum(
        (d[i] - d[i - 1]) * (h[i] * (2.0 * d[i] + d[i - 1]) + h[i - 1] * (d[i] + 2.0 * d[i - 1]))
        for i in range(1, n + 1)
    )  # (86)
    hst, hsr = (2.0 * v1 * D - v2) / D**2, (v2 - v1 * D) / D**2  # (87), (88)
    above = {i: h[i] - (hts * (D - d[i]) + hrs * d[i]) / D for i in inner}  # (89d)
    hobs = max(above.values())  # (89a)
    hstp, hsrp = hst, hsr  # (90a), (90b)
    if hobs > 0.0:
        at = max(above[i] / d[i] for i in inner)  # (89b)
        ar = max(above[i] / (D - d[i]) for i in inner)  # (89c)
        hstp -= hobs * at / (at + ar)  # (90c), (90e)
        hsrp -= hobs * ar / (at + ar)  # (90d), (90f)
    out["A"] = hts - min(hstp, h[0])  # (91a), (91b), (37a)
    out["B"] = hrs - min(hsrp, h[n])  # (91c), (91d), (37b)
    hst, hsr = min(hst, h[0]), min(hsr, h[n])  # (92a), (92b)
    out["hte"], out["hre"] = htg + h[0] - hst, hrg + h[n] - hsr  # (94a), (94b)
    m = (hsr - hst) / D  # (93)
    out["hm"] = max(h[i] - (hst + m * d[i]) for i in range(lt, lr + 1))  # (95)

    flat = [0.0] * (n + 1)
    for mark, a in (("50", ae), ("b", AB_KM)):
        out[f"u_{mark}"] = bullington_u(d, g, hts, hrs, a)
        out[f"smooth_{mark}"] = bullington_u(d, flat, out["A"], out["B"], a)
    return out


def first_term(D, ht, hr, a, f, vertical, omega):
    """Section 4.3.3: over land and sea by their shares, eq. (28)."""

    def half(eps, sigma):
        k = 0.036 * (a * f) ** (-1 / 3) * ((eps - 1.0) ** 2 + (18.0 * sigma / f) ** 2) ** (-1 / 4)
        if vertical:
            k *= (eps**2 + (18.0 * sigma / f) ** 2) ** 0.5  # (29b)
        beta = (1.0 + 1.6 * k**2 + 0.67 * k**4) / (1.0 + 4.5 * k**2 + 1.53 * k**4)  # (30)
        x = 21.88 * beta * (f / a**2) ** (1 / 3) * D  # (31)
        if x >= 1.6:
            fx = 11.0 + 10.0 * math.log10(x) - 17.6 * x  # (33)
        else:
            fx = -20.0 * math.log10(x) - 5.6488 * x**1.425

        def gain(height):
            b = beta * 0.9575 * beta * (f**2 / a) ** (1 / 3) * height  # (32), (35)
            if b > 2.0:
                g = 17.6 * math.sqrt(b - 1.1) - 5.0 * math.log10(b - 1.1) - 8.0
            else:
                g = 20.0 * math.log10(b + 0.1 * b**3)
            return max(g, 2.0 + 20.0 * math.log10(k))

        return -fx - gain(ht) - gain(hr)  # (36)

    total = 0.0
    if omega > 0.0:
        total += omega * half(80.0, 5.0)
    if omega < 1.0:
        total += (1.0 - omega) * half(22.0, 0.003)
    return total


def spherical(D, ht, hr, a, f, vertical, omega):
    """Section 4.3.2."""
    if math.sqrt(2.0 * a) * (math.sqrt(0.001 * ht) + math.sqrt(0.001 * hr)) <= D:  # (22)
        return first_term(D, ht, hr, a, f, vertical, omega)
    c = (ht - hr) / (ht + hr)  # (24d)
    m = 250.0 * D**2 / (a * (ht + hr))  # (24e)
    b = (
        2.0
        * math.sqrt((m + 1.0) / (3.0 * m))
        * math.cos(
            math.pi / 3.0 + math.acos(3.0 * c / 2.0 * math.sqrt(3.0 * m / (m + 1.0) ** 3)) / 3.0
        )
    )  # (24c)
    d1 = D * (1.0 + b) / 2.0  # (24a)
    d2 = D - d1  # (24b)
    hse = ((ht - 500.0 * d1**2 / a) * d2 + (hr - 500.0 * d2**2 / a) * d1) / D  # (23)
    hreq = 17.456 * math.sqrt(d1 * d2 * (LIGHT / f) / D)  # (25)
    if hse > hreq:
        return 0.0
    aem = 500.0 * (D / (math.sqrt(ht) + math.sqrt(hr))) ** 2  # (26)
    return (1.0 - hse / hreq) * max(0.0, first_term(D, ht, hr, aem, f, vertical, omega))  # (27)


def delta_bullington(q, mark, a, f, vertical):
    actual = bullington_loss(q[f"u_{mark}"], f, q["D"])
    smooth = bullington_loss(q[f"smooth_{mark}"], f, q["D"])
    sphere = spherical(q["D"], q["A"], q["B"], a, f, vertical, q["omega"])
    return actual + max(sphere - smooth, 0.0)  # (39)


def loss(q, zone, *, f, p, vertical, ae, n0, latitude, dct=None, dcr=None, location_db=0.0):
    """Basic transmission loss; ``q`` as `analyse` gives it, coast distances from it if None."""
    D, hts, hrs, omega = q["D"], q["hts"], q["hrs"], q["omega"]
    dct = q["dct"] if dct is None else dct
    dcr = q["dcr"] if dcr is None else dcr
    dct, dcr = (0.0 if zone[0] == 1 else dct), (0.0 if zone[-1] == 1 else dcr)
    tau = 1.0 - math.exp(-4.12e-4 * q["dlm"] ** 2.41)  # (3)
    mu1 = (10 ** (-q["dtm"] / (16.0 - 6.6 * tau)) + 10 ** (-5.0 * (0.496 + 0.354 * tau))) ** 0.2
    mu1 = min(mu1, 1.0)  # (2)
    phi = abs(latitude)
    if phi <= 70.0:
        beta0 = 10 ** (-0.015 * phi + 1.67) * mu1 * mu1 ** (-0.935 + 0.0176 * phi)  # (4), (5)
    else:
        beta0 = 4.17 * mu1 * mu1**0.3
    lbfs = 92.4 + 20.0 * math.log10(f) + 10.0 * math.log10(D**2 + ((hts - hrs) / 1000.0) ** 2)
    e = 2.6 * (1.0 - math.exp(-0.1 * (q["dlt"] + q["dlr"])))
    lb0p = lbfs + e * math.log10(p / 50.0)  # (10)
    lb0b = lbfs + e * math.log10(beta0 / 50.0)  # (11)

    ld50 = delta_bullington(q, "50", ae, f, vertical)
    ldb = delta_bullington(q, "b", AB_KM, f, vertical)
    fi = inverse_normal(p / 100.0) / inverse_normal(beta0 / 100.0) if p > beta0 else 1.0  # (40a)
    ldp = ld50 if p == 50.0 else ld50 + fi * (ldb - ld50)  # (41)
    lbd50, lbd = lbfs + ld50, lb0p + ldp  # (42), (43)

    theta = 1000.0 * D / ae + q["theta_t"] + q["theta_r"]  # (84)
    lf = 25.0 * math.log10(f) - 2.5 * math.log10(f / 2.0) ** 2  # (45)
    lbs = (
        190.1
        + lf
        + 20.0 * math.log10(D)
        + 0.573 * theta
        - 0.15 * n0
        - 10.125 * math.log10(50.0 / p) ** 0.7
    )  # (44)

    def shielding(angle, distance):
        t2 = angle - 0.1 * distance  # (48a)
        if t2 <= 0.0:
            return 0.0
        return 20.0 * math.log10(1.0 + 0.361 * t2 * math.sqrt(f * distance)) + 0.264 * t2 * f ** (
            1 / 3
        )

    def coast(to_coast, to_horizon, height):
        if omega >= 0.75 and to_coast <= to_horizon and to_coast <= 5.0:
            return -3.0 * math.exp(-0.25 * to_coast**2) * (1.0 + math.tanh(0.07 * (50.0 - height)))
        return 0.0

    af = 102.45 + 20.0 * math.log10(f) + 20.0 * math.log10(q["dlt"] + q["dlr"])
    af += 45.375 - 137.0 * f + 92.5 * f**2 if f < 0.5 else 0.0  # (47a)
    af += shielding(q["theta_t"], q["dlt"]) + shielding(q["theta_r"], q["dlr"])
    af += coast(dct, q["dlt"], hts) + coast(dcr, q["dlr"], hrs)  # (47), (49)
    theta1 = 1000.0 * D / ae + min(q["theta_t"], 0.1 * q["dlt"]) + min(q["theta_r"], 0.1 * q["dlr"])
    alpha = max(-0.6 - 3.5e-9 * D**3.1 * tau, -3.4)  # (55a)
    mu2 = min(
        1.0, (500.0 / ae * D**2 / (math.sqrt(q["hte"]) + math.sqrt(q["hre"])) ** 2) ** alpha
    )  # (55)
    di = min(D - q["dlt"] - q["dlr"], 40.0)  # (56a)
    mu3 = 1.0 if q["hm"] <= 10.0 else math.exp(-4.6e-5 * (q["hm"] - 10.0) * (43.0 + 6.0 * di))
    beta = beta0 * mu2 * mu3  # (54)
    lb = math.log10(beta)
    gamma = 1.076 / (2.0058 - lb) ** 1.012
    gamma *= math.exp(-(9.51 - 4.8 * lb + 0.198 * lb**2) * 1e-6 * D**1.13)  # (53a)
    ap = -12.0 + (1.2 + 3.7e-3 * D) * math.log10(p / beta) + 12.0 * (p / beta) ** gamma  # (53)
    lba = af + 5e-5 * ae * f ** (1 / 3) * theta1 + ap  # (46), (50), (51)

    fj = 1.0 - 0.5 * (1.0 + math.tanh(2.4 * (theta - 0.3) / 0.3))  # (57)
    fk = 1.0 - 0.5 * (1.0 + math.tanh(1.5 * (D - 20.0) / 20.0))  # (58)
    if p < beta0:
        lminb0p = lb0p + (1.0 - omega) * ldp  # (59)
    else:
        lminb0p = lbd50 + (lb0b + (1.0 - omega) * ldp - lbd50) * fi
    high = max(lba, lb0p)
    lminbap = high + 2.5 * math.log(
        math.exp((lba - high) / 2.5) + math.exp((lb0p - high) / 2.5)
    )  # (60)
    lbda = lbd if lminbap > lbd else lminbap + (lbd - lminbap) * fk  # (61)
    lbam = lbda + (lminb0p - lbda) * fj  # (62)
    least = min(lbs, lbam)
    lbc = least - 5.0 * math.log10(
        10 ** (-0.2 * (lbs - least)) + 10 ** (-0.2 * (lbam - least))
    )  # (63)
    if hrg_over(q) >= 10.0:
        uh = 0.0
    elif hrg_over(q) < 0.0:
        uh = 1.0
    else:
        uh = 1.0 - hrg_over(q) / 10.0
    sea = 0.0 if zone[-1] == 1 else 1.0
    return max(lb0p, lbc - sea * uh * location_db)  # (69)


def hrg_over(q):
    """Height of the receiver over the clutter around it."""
    return q["hrg"] - q["R_n"]
